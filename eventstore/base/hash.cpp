#include "eventstore/base/hash.hpp"

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

}  // namespace sillok
