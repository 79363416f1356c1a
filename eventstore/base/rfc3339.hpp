// Times as text: RFC 3339.
#pragma once

#include "eventstore/base/timestamp.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sillok {

// In UTC with milliseconds: "2026-11-20T15:54:00.000Z".
std::string rfc3339(Timestamp time);

// Reads any offset and any precision; cuts to milliseconds. Returns nothing for text that is not RFC 3339.
std::optional<Timestamp> parse_rfc3339(std::string_view text);

}  // namespace sillok
