// Where things are: hrefs with ids in them, and HAL's links.
#pragma once

#include "api/http/json.hpp"

#include <string>
#include <string_view>

namespace sillok::api {

// "/v1/products/", "A%20B", "/stock-receipts" -> "/v1/products/A%2520B/stock-receipts": of what an id may hold,
// only '%' means something in a URL.
inline std::string href(std::string_view before, std::string_view id, std::string_view after = {}) {
    std::string result{before};
    for (const char c : id) {
        if (c == '%')
            result += "%25";
        else
            result += c;
    }
    result += after;
    return result;
}

inline Json link(std::string where) { return object_of({{"href", std::move(where)}}); }
// A command that is legal in the resource's present state.
inline Json command_link(std::string where, std::string_view method) {
    return object_of({{"href", std::move(where)}, {"method", method}});
}

}  // namespace sillok::api
