// JSON of responses: members keep the order in which they are added.
#pragma once

#include "api/http/response.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

namespace sillok::api {

using Json = nlohmann::ordered_json;

struct Member {
    std::string_view name;
    mutable Json value;  // moved from, although initialiser lists are constant
};

// REQUIRES: the object has no such member.
inline void add(Json& object, std::string_view name, Json value) {
    object.get_ref<Json::object_t&>().emplace_back(std::string{name}, std::move(value));
}

// The same object as Json{{name, value}, ...}, but without a temporary array per member, and with room for `more`
// members. For responses that are made thousands of times a second. REQUIRES: names are different.
inline Json object_of(std::initializer_list<Member> members, std::size_t more = 0) {
    auto object = Json::object();
    object.get_ref<Json::object_t&>().reserve(members.size() + more);
    for (const auto& member : members) add(object, member.name, std::move(member.value));
    return object;
}

// JSON text. Invalid UTF-8 in a string becomes replacement characters.
inline std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

inline Response json_response(std::uint16_t status, const Json& body) {
    return {.status = status, .content_type = std::string{content_type::json}, .body = text_of(body)};
}

}  // namespace sillok::api
