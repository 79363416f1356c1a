#include "eventstore/head_file.hpp"

#include "eventstore/byte_order.hpp"
#include "eventstore/crc32c.hpp"
#include "eventstore/sha256.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

namespace sillok {

namespace {

// position, chain hash, CRC-32C of both
using Bytes = std::array<char, 8 + 32 + 4>;
constexpr std::size_t checked_bytes = 8 + 32;

std::uint32_t checksum(const Bytes& bytes) { return crc32c({bytes.data(), checked_bytes}); }

std::string told(const std::filesystem::path& path, std::string_view what) {
    return path.string() + " " + std::string{what} + ": " + std::error_code{errno, std::generic_category()}.message();
}

}  // namespace

std::expected<Acknowledged, std::string> HeadFile::read(const std::filesystem::path& path) {
    std::ifstream file{path, std::ios::binary};
    if (!file) return std::unexpected(told(path, "cannot be read"));
    Bytes bytes{};
    file.read(bytes.data(), bytes.size());
    if (file.gcount() != std::ssize(bytes) || file.peek() != std::ifstream::traits_type::eof() ||
        get_little_endian<std::uint32_t>(bytes.data() + checked_bytes) != checksum(bytes))
        return std::unexpected(path.string() + " is damaged");
    Acknowledged acknowledged{Position{get_little_endian<std::uint64_t>(bytes.data())}, {}};
    std::copy_n(bytes.data() + 8, acknowledged.chain_hash.size(), acknowledged.chain_hash.begin());
    return acknowledged;
}

std::expected<HeadFile, std::string> HeadFile::open(const std::filesystem::path& path) {
    const int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    if (file < 0) return std::unexpected(told(path, "cannot be opened"));
    return HeadFile{file};
}

HeadFile::HeadFile(HeadFile&& other) noexcept : file_(std::exchange(other.file_, -1)) {}

HeadFile& HeadFile::operator=(HeadFile&& other) noexcept {
    std::swap(file_, other.file_);
    return *this;
}

HeadFile::~HeadFile() {
    if (file_ >= 0) ::close(file_);
}

std::expected<void, std::string> HeadFile::write(const Acknowledged& acknowledged) {
    Bytes bytes{};
    put_little_endian(bytes.data(), acknowledged.position.value);
    std::ranges::copy(acknowledged.chain_hash, bytes.data() + 8);
    put_little_endian(bytes.data() + checked_bytes, checksum(bytes));
    if (::pwrite(file_, bytes.data(), bytes.size(), 0) != std::ssize(bytes))
        return std::unexpected("the head file cannot be written: " +
                               std::error_code{errno, std::generic_category()}.message());
    return {};
}

}  // namespace sillok
