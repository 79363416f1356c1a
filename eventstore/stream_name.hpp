// The two parts of a stream's name: "order-17" has the category "order" and the id "17".
#pragma once

#include <string_view>

namespace sillok {

// Everything before the first '-'.
constexpr std::string_view category_of(std::string_view stream) { return stream.substr(0, stream.find('-')); }

// Everything after it, empty where there is none: of "saga-fulfilment-17" it is "fulfilment-17".
constexpr std::string_view id_of(std::string_view stream) {
    const auto hyphen = stream.find('-');
    return hyphen == std::string_view::npos ? std::string_view{} : stream.substr(hyphen + 1);
}

}  // namespace sillok
