#include "eventstore/head_file.hpp"

#include "eventstore/byte_order.hpp"
#include "eventstore/crc32c.hpp"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

namespace sillok {

namespace {

namespace rdb = rocksdb;

constexpr std::size_t checked_bytes = 8 + 32 + 8;
constexpr std::size_t copy_bytes = checked_bytes + 4;
constexpr std::size_t file_bytes = 2 * copy_bytes;

using Copy = std::array<char, copy_bytes>;

Copy encode(const Acknowledged& acknowledged) {
    Copy bytes{};
    put_little_endian(bytes.data(), acknowledged.position.value);
    std::ranges::copy(acknowledged.chain_hash, bytes.data() + 8);
    put_little_endian(bytes.data() + 40, acknowledged.groups);
    put_little_endian(bytes.data() + checked_bytes, crc32c({bytes.data(), checked_bytes}));
    return bytes;
}

// Nothing where the copy is cut short or its checksum is wrong.
std::optional<Acknowledged> decode(std::string_view bytes) {
    if (bytes.size() < copy_bytes) return std::nullopt;
    if (get_little_endian<std::uint32_t>(bytes.data() + checked_bytes) != crc32c(bytes.substr(0, checked_bytes)))
        return std::nullopt;
    Acknowledged acknowledged{Position{get_little_endian<std::uint64_t>(bytes.data())},
                              {},
                              get_little_endian<std::uint64_t>(bytes.data() + 40)};
    std::copy_n(bytes.data() + 8, acknowledged.chain_hash.size(), acknowledged.chain_hash.begin());
    return acknowledged;
}

std::expected<void, std::string> told(const rdb::Status& status, const std::filesystem::path& path,
                                      std::string_view what) {
    if (status.ok()) return {};
    return std::unexpected(path.string() + " " + std::string{what} + ": " + status.ToString());
}

}  // namespace

std::expected<HeadFile::Found, std::string> HeadFile::read(rdb::FileSystem& disk, const std::filesystem::path& path) {
    std::string bytes;
    if (auto done = told(rdb::ReadFileToString(&disk, path.string(), &bytes), path, "cannot be read"); !done)
        return std::unexpected(done.error());
    const std::string_view all{bytes};
    const auto first = decode(all);
    const auto second = decode(all.substr(std::min(copy_bytes, all.size())));
    if (!first && !second) return std::unexpected(path.string() + " is damaged");
    const bool first_counts = first && (!second || first->groups >= second->groups);
    return Found{first_counts ? *first : *second, first && second && bytes.size() == file_bytes,
                 first_counts ? std::size_t{1} : std::size_t{0}};
}

std::expected<void, std::string> HeadFile::create(rdb::FileSystem& disk, const std::filesystem::path& path) {
    const auto copy = encode({});
    std::string bytes{copy.begin(), copy.end()};
    bytes.append(copy.begin(), copy.end());
    return told(rdb::WriteStringToFile(&disk, bytes, path.string(), true), path, "cannot be made");
}

std::expected<HeadFile, std::string> HeadFile::open(rdb::FileSystem& disk, const std::filesystem::path& path,
                                                    const Found& found) {
    std::unique_ptr<rdb::FSRandomRWFile> file;
    if (auto done = told(disk.NewRandomRWFile(path.string(), {}, &file, nullptr), path, "cannot be opened"); !done)
        return std::unexpected(done.error());
    return HeadFile{std::move(file), found.next_copy};
}

HeadFile::HeadFile(std::unique_ptr<rdb::FSRandomRWFile> file, std::size_t next_copy)
    : file_(std::move(file)), next_copy_(next_copy) {}
HeadFile::HeadFile(HeadFile&& other) noexcept = default;
HeadFile& HeadFile::operator=(HeadFile&& other) noexcept = default;
HeadFile::~HeadFile() = default;

std::expected<void, std::string> HeadFile::write(const Acknowledged& acknowledged) {
    const auto bytes = encode(acknowledged);
    const auto status = file_->Write(next_copy_ * copy_bytes, {bytes.data(), bytes.size()}, {}, nullptr);
    if (!status.ok()) return std::unexpected("the head file cannot be written: " + status.ToString());
    next_copy_ = 1 - next_copy_;
    return {};
}

}  // namespace sillok
