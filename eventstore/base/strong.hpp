// A number with a meaning: numbers of different meanings do not mix, compare or assign by accident.
#pragma once

#include <compare>
#include <cstddef>
#include <functional>

namespace sillok {

template <class Tag, class Number>
struct Strong {
    using number_type = Number;
    Number value{};

    constexpr Strong() = default;
    explicit constexpr Strong(Number number) : value(number) {}

    friend constexpr auto operator<=>(const Strong&, const Strong&) = default;
};

}  // namespace sillok

template <class Tag, class Number>
struct std::hash<sillok::Strong<Tag, Number>> {
    std::size_t operator()(const sillok::Strong<Tag, Number>& strong) const noexcept {
        return std::hash<Number>{}(strong.value);
    }
};
