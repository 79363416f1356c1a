// JSON as answers hold it: members in the order that they were written.
#pragma once

#include "api/answer.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>

namespace sillok::api {

using Json = nlohmann::ordered_json;

// JSON text; what is not UTF-8 in a string shows as replacement characters.
inline std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

inline Answer json_answer(std::uint16_t status, const Json& body) {
    return {.status = status, .content_type = std::string{content_type::json}, .body = text_of(body)};
}

}  // namespace sillok::api
