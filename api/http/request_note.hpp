// What the log says of a request: every one at debug, and at warn one that the server refused because of its own state
// (503, 500), so that an operator sees it without asking for every request.
//
// Threads: one at a time.
#pragma once

#include "api/http/problem.hpp"
#include "api/http/response.hpp"
#include "api/routes.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

namespace sillok::api {

struct RequestNote {
    std::string_view method;
    std::string_view target;
    std::string trace_id;
    const Route* route = nullptr;  // null while it is not known, or where there is none
    std::chrono::steady_clock::time_point begun = std::chrono::steady_clock::now();

    [[nodiscard]] Occurrence occurrence() const { return {.instance = path(), .trace_id = trace_id}; }
    [[nodiscard]] std::string_view path() const { return target.substr(0, target.find('?')); }

    // Logs the response.
    void say(const Response& response) const;
    // Logs a failure that became a 500, with what was thrown.
    void say_failed(std::string_view what) const;
};

}  // namespace sillok::api
