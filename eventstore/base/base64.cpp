#include "eventstore/base/base64.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>

namespace sillok {

namespace {

constexpr std::uint8_t no_digit = 64;

struct Alphabet {
    explicit constexpr Alphabet(std::string_view of) : characters(of) {
        digits.fill(no_digit);
        for (std::size_t value = 0; value < characters.size(); ++value)
            digits[static_cast<unsigned char>(characters[value])] = static_cast<std::uint8_t>(value);
    }
    std::string_view characters;
    std::array<std::uint8_t, 256> digits{};
};

constexpr Alphabet standard{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"};
constexpr Alphabet url{"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"};

// Without padding.
std::string encoded(std::string_view bytes, const Alphabet& alphabet) {
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t at = 0; at < bytes.size(); at += 3) {
        const auto group = bytes.substr(at, 3);
        std::uint32_t bits = 0;
        for (std::size_t i = 0; i < 3; ++i)
            bits = bits << 8 | (i < group.size() ? static_cast<unsigned char>(group[i]) : 0u);
        for (std::size_t i = 0; i <= group.size(); ++i) text += alphabet.characters[bits >> (18 - 6 * i) & 63];
    }
    return text;
}

// Of text without padding.
std::optional<std::string> decoded(std::string_view text, const Alphabet& alphabet) {
    std::string bytes;
    bytes.reserve((text.size() + 3) / 4 * 3);
    std::uint32_t bits = 0;
    unsigned bits_count = 0;
    for (const char character : text) {
        const auto digit = alphabet.digits[static_cast<unsigned char>(character)];
        if (digit == no_digit) return std::nullopt;
        bits = bits << 6 | digit;
        bits_count += 6;
        if (bits_count < 8) continue;
        bits_count -= 8;
        bytes += static_cast<char>(bits >> bits_count & 0xff);
    }
    const bool has_surplus = bits_count >= 6 || (bits & ((1u << bits_count) - 1)) != 0;
    if (has_surplus) return std::nullopt;
    return bytes;
}

}  // namespace

std::string to_base64(std::string_view bytes) {
    auto text = encoded(bytes, standard);
    text.append((4 - text.size() % 4) % 4, '=');
    return text;
}

std::string to_base64url(std::string_view bytes) { return encoded(bytes, url); }

std::optional<std::string> from_base64(std::string_view text) {
    if (text.size() % 4 != 0) return std::nullopt;
    for (std::size_t padding = 0; padding < 2 && text.ends_with('='); ++padding) text.remove_suffix(1);
    return decoded(text, standard);
}

std::optional<std::string> from_base64url(std::string_view text) { return decoded(text, url); }

}  // namespace sillok
