// A SHA-256 hash as a value, and bytes as hexadecimal text.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

using Hash = std::array<std::uint8_t, 32>;

inline std::string_view bytes_of(const Hash& hash) { return {reinterpret_cast<const char*>(hash.data()), hash.size()}; }

// Lower case.
std::string hex(std::string_view bytes);
std::string hex(const Hash& hash);
// Reads 64 hexadecimal digits, in either case. Nothing if the text is anything else.
std::optional<Hash> parse_hash(std::string_view text);

}  // namespace sillok
