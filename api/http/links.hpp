// HAL links, and the hrefs in them.
#pragma once

#include "aggregates/values.hpp"
#include "api/http/json.hpp"

#include <string>
#include <string_view>

namespace sillok::api {

// Text as a part of a URL: one segment of a path, or a name or a value of a query, where '+' would mean a blank.
inline std::string url_encoded(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    result.reserve(text.size());
    for (const char c : text) {
        const auto byte = static_cast<unsigned char>(c);
        if (is_unreserved(c) || c == '@')
            result += c;
        else
            result += {'%', digits[byte >> 4], digits[byte & 15]};
    }
    return result;
}

// "/v1/products/", "A%20B", "/stock-receipts" -> "/v1/products/A%2520B/stock-receipts".
inline std::string href(std::string_view before, std::string_view id, std::string_view after = {}) {
    std::string result{before};
    result += url_encoded(id);
    result += after;
    return result;
}

inline Json link(std::string where) { return object_of({{"href", std::move(where)}}); }
// A link to a command that is allowed in the resource's current state.
inline Json command_link(std::string where, std::string_view method) {
    return object_of({{"href", std::move(where)}, {"method", method}});
}

}  // namespace sillok::api
