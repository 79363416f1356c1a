// JSON as answers hold it: members in the order that they were written.
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
    mutable Json value;  // moved out of initialiser lists, which are constant
};

// REQUIRES: the object has no such member.
inline void add(Json& object, std::string_view name, Json value) {
    object.get_ref<Json::object_t&>().emplace_back(std::string{name}, std::move(value));
}

// The object that Json{{name, value}, ...} is, without an array for each member on the way; with room for `more`
// members. For answers that are given thousands of times a second. REQUIRES: no name comes twice.
inline Json object_of(std::initializer_list<Member> members, std::size_t more = 0) {
    auto object = Json::object();
    object.get_ref<Json::object_t&>().reserve(members.size() + more);
    for (const auto& member : members) add(object, member.name, std::move(member.value));
    return object;
}

// JSON text; what is not UTF-8 in a string shows as replacement characters.
inline std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

inline Response json_answer(std::uint16_t status, const Json& body) {
    return {.status = status, .content_type = std::string{content_type::json}, .body = text_of(body)};
}

}  // namespace sillok::api
