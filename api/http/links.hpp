// HAL links, and the hrefs in them.
#pragma once

#include "api/http/json.hpp"

#include <string>
#include <string_view>

namespace sillok::api {

// "/v1/products/", "A%20B", "/stock-receipts" -> "/v1/products/A%2520B/stock-receipts". Of the characters of an id,
// only '%' has a meaning in a URL.
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
// A link to a command that is allowed in the resource's current state.
inline Json command_link(std::string where, std::string_view method) {
    return object_of({{"href", std::move(where)}, {"method", method}});
}

}  // namespace sillok::api
