// The lines with which a server's log begins and ends: what is served, how the last server stopped, what was open.
#pragma once

#include "api/backend.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

struct ServedAs {
    std::string version;
    std::string listen;                  // the URL
    std::optional<std::string> admin{};  // the URL of the listener for administration
    std::string payments;                // as --payments says it, without what may be secret in a URL
};

void say_started(Backend& backend, const ServedAs& as);
// After the backend has stopped; `since` is when the signal came.
void say_stopped(Backend& backend, std::chrono::steady_clock::time_point since);

// The provider's URL without user, password, query and fragment; anything else as it is.
std::string without_secrets(std::string_view payments);

}  // namespace sillok
