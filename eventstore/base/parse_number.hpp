// Reads a text as one number, and refuses any other text.
#pragma once

#include <charconv>
#include <optional>
#include <string_view>
#include <system_error>

namespace sillok {

// Returns nothing unless the whole text is one number that fits into Number: an empty text, a blank, a '+' or anything
// behind the number is refused, and a '-' where Number is unsigned. `format` is as for std::from_chars: a base for
// integers (10 if absent), a std::chars_format for floating point.
template <class Number, class... Format>
std::optional<Number> parse_number(std::string_view text, Format... format) {
    Number number{};
    const char* const begin = text.data();
    const char* const end = begin + text.size();
    const auto [stop, error] = std::from_chars(begin, end, number, format...);
    if (error != std::errc{} || stop != end) return std::nullopt;
    return number;
}

}  // namespace sillok
