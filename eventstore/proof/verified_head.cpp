#include "eventstore/proof/verified_head.hpp"

#include "eventstore/base/byte_order.hpp"
#include "eventstore/base/crc32c.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

namespace sillok {

namespace {

// format, position, chain hash, root, CRC-32C of all of it
constexpr std::uint8_t format = 1;
constexpr std::size_t checked_bytes = 1 + 8 + 32 + 32;
using Bytes = std::array<char, checked_bytes + 4>;

std::uint32_t checksum(const Bytes& bytes) { return crc32c({bytes.data(), checked_bytes}); }

std::string error_text(const std::filesystem::path& path, std::string_view what) {
    return path.string() + " " + std::string{what} + ": " + std::error_code{errno, std::generic_category()}.message();
}

Bytes encoded(const VerifiedHead& head) {
    Bytes bytes{};
    bytes[0] = static_cast<char>(format);
    put_little_endian(bytes.data() + 1, head.position.value);
    std::ranges::copy(head.chain_hash, bytes.data() + 9);
    std::ranges::copy(head.root, bytes.data() + 41);
    put_little_endian(bytes.data() + checked_bytes, checksum(bytes));
    return bytes;
}

}  // namespace

std::expected<std::optional<VerifiedHead>, std::string> read_verified_head(const std::filesystem::path& path) {
    std::error_code ignored;
    if (!std::filesystem::exists(path, ignored)) return std::nullopt;
    std::ifstream file{path, std::ios::binary};
    if (!file) return std::unexpected(error_text(path, "cannot be read"));
    Bytes bytes{};
    file.read(bytes.data(), bytes.size());
    if (file.gcount() != std::ssize(bytes) || file.peek() != std::ifstream::traits_type::eof() ||
        get_little_endian<std::uint32_t>(bytes.data() + checked_bytes) != checksum(bytes))
        return std::unexpected(path.string() + " is damaged");
    if (static_cast<std::uint8_t>(bytes[0]) != format) return std::unexpected(path.string() + " has an unknown format");
    VerifiedHead head{Position{get_little_endian<std::uint64_t>(bytes.data() + 1)}, {}, {}};
    std::copy_n(bytes.data() + 9, head.chain_hash.size(), head.chain_hash.begin());
    std::copy_n(bytes.data() + 41, head.root.size(), head.root.begin());
    return head;
}

std::expected<void, std::string> write_verified_head(const std::filesystem::path& path, const VerifiedHead& head) {
    auto draft = path;
    draft += ".new";
    const int file = ::open(draft.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (file < 0) return std::unexpected(error_text(draft, "cannot be opened"));
    const auto bytes = encoded(head);
    const bool written = ::write(file, bytes.data(), bytes.size()) == std::ssize(bytes) && ::fsync(file) == 0;
    auto problem = written ? std::string{} : error_text(draft, "cannot be written");
    ::close(file);
    if (!written) return std::unexpected(std::move(problem));
    std::error_code error;
    std::filesystem::rename(draft, path, error);
    if (error) return std::unexpected(draft.string() + " cannot be renamed: " + error.message());
    return {};
}

}  // namespace sillok
