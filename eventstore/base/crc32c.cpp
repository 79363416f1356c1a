#include "eventstore/base/crc32c.hpp"

#include <boost/crc.hpp>

#include <cstring>

namespace sillok {

namespace {

std::uint32_t reversed(std::uint32_t bits) {
    std::uint32_t result = 0;
    for (int i = 0; i < 32; ++i, bits >>= 1) result = result << 1 | (bits & 1);
    return result;
}

[[maybe_unused]] std::uint32_t by_table(std::string_view bytes, std::uint32_t before) {
    boost::crc_optimal<32, 0x1EDC6F41, 0xFFFFFFFF, 0xFFFFFFFF, true, true> crc{reversed(~before)};
    crc.process_bytes(bytes.data(), bytes.size());
    return crc.checksum();
}

#if defined(__x86_64__)
[[gnu::target("sse4.2")]] std::uint32_t by_instruction(std::string_view bytes, std::uint32_t before) {
    std::uint64_t crc = ~before;
    while (bytes.size() >= 8) {
        std::uint64_t word = 0;
        std::memcpy(&word, bytes.data(), 8);
        crc = __builtin_ia32_crc32di(crc, word);
        bytes.remove_prefix(8);
    }
    auto narrow = static_cast<std::uint32_t>(crc);
    for (const char byte : bytes) narrow = __builtin_ia32_crc32qi(narrow, static_cast<unsigned char>(byte));
    return ~narrow;
}
#endif

}  // namespace

std::uint32_t crc32c(std::string_view bytes, std::uint32_t before) {
#if defined(__x86_64__)
    static const bool has_instruction = __builtin_cpu_supports("sse4.2") != 0;
    if (has_instruction) return by_instruction(bytes, before);
#endif
    return by_table(bytes, before);
}

}  // namespace sillok
