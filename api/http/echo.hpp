// What a client sent, as a problem repeats it: cut, so that no document is much larger than its request.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sillok::api {

constexpr std::size_t echo_bytes_max = 64;

// Cut between two characters, with "..." for the rest.
inline std::string echoed(std::string_view text, std::size_t bytes_max = echo_bytes_max) {
    if (text.size() <= bytes_max) return std::string{text};
    auto end = bytes_max;
    while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xc0) == 0x80) --end;
    return std::string{text.substr(0, end)} + "...";
}

}  // namespace sillok::api
