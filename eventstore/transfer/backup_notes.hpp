// What RocksDB's backup engine notes of a backup: the files that it consists of, with the checksum of each. Read
// without the engine, which does not show them, and which shows nothing of a backup that lacks a file.
//
// Disk: meta/NUMBER, a text. A table file's size is the last part of its name.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::backups {

struct NotedFile {
    std::string path;  // below the directory of backups
    std::uint32_t crc32c = 0;
    std::optional<std::uint64_t> bytes;  // nothing: it is not noted

    [[nodiscard]] bool is_shared() const { return path.starts_with("shared"); }
};

// The numbers of the backups that there are notes of, in order, whole or not.
std::vector<std::uint32_t> noted_numbers(const std::filesystem::path& directory);

// The error says what is wrong with the notes.
std::expected<std::vector<NotedFile>, std::string> noted_files(const std::filesystem::path& directory,
                                                               std::uint32_t number);

// The number of the table file in the database that it was copied from. Nothing: it is no shared table file.
std::optional<std::uint64_t> table_number(std::string_view path);

// What can be seen without reading it: that the file is not there, or has another length.
std::optional<std::string> flaw_at_a_glance(const std::filesystem::path& directory, const NotedFile& file);

}  // namespace sillok::backups
