// What a server answers when it does not do what was asked, in its own words instead of its problem document.
#pragma once

#include "tools/http_client.hpp"

#include <string>
#include <string_view>

namespace sillok {

// Throws a Failure: "the server refused the backup: serve with --backups DIR" with the problem's code. A server that is
// not ready (503) is NotReachable.
[[noreturn]] void throw_refused(std::string_view what, const HttpResponse& answer);

}  // namespace sillok
