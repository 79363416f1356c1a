#include "eventstore/base/hash.hpp"

#include "eventstore/base/parse_number.hpp"

#include <cstddef>

namespace sillok {

std::string hex(std::string_view bytes) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string out;
    out.reserve(2 * bytes.size());
    for (const char c : bytes) {
        const auto byte = static_cast<unsigned char>(c);
        out += digits[byte >> 4];
        out += digits[byte & 15];
    }
    return out;
}

std::string hex(const Hash& hash) { return hex(bytes_of(hash)); }

std::optional<Hash> parse_hash(std::string_view text) {
    Hash hash{};
    if (text.size() != 2 * hash.size()) return std::nullopt;
    for (std::size_t i = 0; i < hash.size(); ++i) {
        const auto byte = parse_number<std::uint8_t>(text.substr(2 * i, 2), 16);
        if (!byte) return std::nullopt;
        hash[i] = *byte;
    }
    return hash;
}

}  // namespace sillok
