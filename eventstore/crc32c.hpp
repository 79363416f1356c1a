// CRC-32C (Castagnoli, RFC 3720 appendix B.4): finds what a disk flips; who tampers is found by the hash chain.
#pragma once

#include <cstdint>
#include <string_view>

namespace sillok {

std::uint32_t crc32c(std::string_view bytes);

}  // namespace sillok
