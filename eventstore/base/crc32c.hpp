// CRC-32C (Castagnoli, RFC 3720 appendix B.4). It detects bits flipped by a disk; the hash chain detects tampering.
#pragma once

#include <cstdint>
#include <string_view>

namespace sillok {

// `before` is the checksum of the bytes before these; the result covers both.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace sillok
