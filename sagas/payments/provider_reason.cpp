#include "sagas/payments/provider_reason.hpp"

#include <cstdint>
#include <utility>

namespace sillok {
namespace {

constexpr char32_t replacement = 0xfffd;
constexpr std::string_view replacement_bytes = "\xef\xbf\xbd";

struct Character {
    char32_t value = replacement;
    std::size_t bytes = 1;
};

// How many bytes the first one announces; 0 if no character begins with it.
std::size_t announced(unsigned char first) {
    if (first < 0x80) return 1;
    if (first >= 0xc2 && first <= 0xdf) return 2;
    if (first >= 0xe0 && first <= 0xef) return 3;
    if (first >= 0xf0 && first <= 0xf4) return 4;
    return 0;
}

bool is_character(char32_t value, std::size_t bytes) {
    constexpr char32_t least[] = {0, 0, 0x80, 0x800, 0x10000};
    const bool is_surrogate = value >= 0xd800 && value <= 0xdfff;
    return value >= least[bytes] && value <= 0x10ffff && !is_surrogate;
}

// REQUIRES: the text is not empty.
Character first_of(std::string_view text) {
    const auto first = static_cast<unsigned char>(text.front());
    const auto bytes = announced(first);
    if (bytes == 1) return {first, 1};
    if (bytes == 0 || bytes > text.size()) return {};
    constexpr unsigned char payload[] = {0, 0, 0x1f, 0x0f, 0x07};
    char32_t value = first & payload[bytes];
    for (std::size_t i = 1; i < bytes; ++i) {
        const auto next = static_cast<unsigned char>(text[i]);
        if ((next & 0xc0) != 0x80) return {};
        value = (value << 6) | (next & 0x3fu);
    }
    return is_character(value, bytes) ? Character{value, bytes} : Character{};
}

bool is_harmless(char32_t value) {
    if (value < 0x20 || (value >= 0x7f && value < 0xa0)) return false;                      // control characters
    if (value == 0x2028 || value == 0x2029 || value == 0x61c) return false;                 // separators, a mark
    return !(value >= 0x202a && value <= 0x202e) && !(value >= 0x2066 && value <= 0x2069);  // directions
}

}  // namespace

std::string provider_reason(std::string_view text) {
    std::string reason;
    while (!text.empty()) {
        const auto character = first_of(text);
        std::string_view bytes = text.substr(0, character.bytes);
        if (character.value == replacement) bytes = replacement_bytes;
        if (!is_harmless(character.value)) bytes = " ";
        if (reason.size() + bytes.size() > reason_bytes_max) break;
        reason.append(bytes);
        text.remove_prefix(character.bytes);
    }
    return reason;
}

}  // namespace sillok
