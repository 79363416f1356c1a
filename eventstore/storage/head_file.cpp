#include "eventstore/storage/head_file.hpp"

#include "eventstore/storage/value_codec.hpp"

#include <rocksdb/file_system.h>

#include <algorithm>
#include <string_view>

namespace sillok {

namespace {

namespace rdb = rocksdb;

constexpr auto copy_bytes = values::acknowledged_bytes;
constexpr auto file_bytes = 2 * copy_bytes;

std::expected<void, std::string> to_result(const rdb::Status& status, const std::filesystem::path& path,
                                           std::string_view what) {
    if (status.ok()) return {};
    return std::unexpected(path.string() + " " + std::string{what} + ": " + status.ToString());
}

}  // namespace

std::expected<HeadFile::Found, std::string> HeadFile::read(rdb::FileSystem& disk, const std::filesystem::path& path) {
    std::string bytes;
    if (auto done = to_result(rdb::ReadFileToString(&disk, path.string(), &bytes), path, "cannot be read"); !done)
        return std::unexpected(done.error());
    const std::string_view all{bytes};
    const auto first = values::to_acknowledged(all);
    const auto second = values::to_acknowledged(all.substr(std::min(copy_bytes, all.size())));
    if (!first && !second) return std::unexpected(path.string() + " is damaged");
    const bool first_counts = first && (!second || first->groups >= second->groups);
    return Found{first_counts ? *first : *second, first && second && bytes.size() == file_bytes,
                 first_counts ? std::size_t{1} : std::size_t{0}};
}

std::expected<void, std::string> HeadFile::create(rdb::FileSystem& disk, const std::filesystem::path& path) {
    const auto copy = values::acknowledged({});
    return to_result(rdb::WriteStringToFile(&disk, copy + copy, path.string(), true), path, "cannot be made");
}

std::expected<HeadFile, std::string> HeadFile::open(rdb::FileSystem& disk, const std::filesystem::path& path,
                                                    const Found& found) {
    std::unique_ptr<rdb::FSRandomRWFile> file;
    if (auto done = to_result(disk.NewRandomRWFile(path.string(), {}, &file, nullptr), path, "cannot be opened"); !done)
        return std::unexpected(done.error());
    return HeadFile{std::move(file), found.next_copy};
}

HeadFile::HeadFile(std::unique_ptr<rdb::FSRandomRWFile> file, std::size_t next_copy)
    : file_(std::move(file)), next_copy_(next_copy) {}
HeadFile::HeadFile(HeadFile&& other) noexcept = default;
HeadFile& HeadFile::operator=(HeadFile&& other) noexcept = default;
HeadFile::~HeadFile() = default;

std::expected<void, std::string> HeadFile::write(const Acknowledged& acknowledged) {
    const auto status = file_->Write(next_copy_ * copy_bytes, values::acknowledged(acknowledged), {}, nullptr);
    if (!status.ok()) return std::unexpected("the head file cannot be written: " + status.ToString());
    next_copy_ = 1 - next_copy_;
    return {};
}

}  // namespace sillok
