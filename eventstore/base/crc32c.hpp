// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds what a disk flips; who tampers is found by the hash chain.
#pragma once

#include <cstdint>
#include <string_view>

namespace sillok {

// Of `before`'s bytes and these: `before` is the checksum of what came first.
std::uint32_t crc32c(std::string_view bytes, std::uint32_t before = 0);

}  // namespace sillok
