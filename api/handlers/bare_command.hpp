// A command that takes nothing but its path.
#pragma once

#include "api/http/json_body.hpp"
#include "api/http/request.hpp"

#include <optional>

namespace sillok::api {

// Refuses a body with members.
inline std::optional<Problem> refuse_members(const Request& request) {
    return read_body(request.body, [](ObjectReader&, BodyErrors&) {});
}

// The same for what has no versions, so that no If-Match can be met.
inline std::optional<Problem> refuse_members_and_versions(const Request& request) {
    if (!request.if_match.empty()) return Problem{problems::precondition_failed, "this resource has no ETag"};
    return refuse_members(request);
}

}  // namespace sillok::api
