#include "eventstore/reader_checkpoint.hpp"

#include "eventstore/byte_order.hpp"
#include "eventstore/crc32c.hpp"

#include <cstddef>
#include <cstdint>

namespace sillok {

std::string ReaderCheckpoint::bytes() const {
    std::string bytes(4 + 8 + 8 * open.size(), '\0');
    put_little_endian(bytes.data() + 4, seen.value);
    for (std::size_t at = 0; at < open.size(); ++at) put_little_endian(bytes.data() + 12 + 8 * at, open[at].value);
    put_little_endian(bytes.data(), crc32c(std::string_view{bytes}.substr(4)));
    return bytes;
}

std::optional<ReaderCheckpoint> ReaderCheckpoint::from_bytes(std::string_view bytes) {
    if (bytes.size() < 12 || bytes.size() % 8 != 4) return std::nullopt;
    if (get_little_endian<std::uint32_t>(bytes.data()) != crc32c(bytes.substr(4))) return std::nullopt;
    ReaderCheckpoint checkpoint{Position{get_little_endian<std::uint64_t>(bytes.data() + 4)}};
    checkpoint.open.reserve(bytes.size() / 8 - 1);
    for (std::size_t at = 12; at < bytes.size(); at += 8) {
        const Position position{get_little_endian<std::uint64_t>(bytes.data() + at)};
        if (position > checkpoint.seen) return std::nullopt;
        if (!checkpoint.open.empty() && position <= checkpoint.open.back()) return std::nullopt;
        checkpoint.open.push_back(position);
    }
    return checkpoint;
}

}  // namespace sillok
