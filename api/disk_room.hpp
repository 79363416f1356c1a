// How much room there is on the disk of a directory.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>

namespace sillok {

struct DiskRoom {
    std::uint64_t free_bytes = 0;  // for this user
    std::uint64_t total_bytes = 0;
    std::uint64_t free_files = 0;   // how many more files there can be
    std::uint64_t total_files = 0;  // 0: the file system has no such limit

    // Less than 256 MiB, or less than 10 GiB that are less than a twentieth of the disk.
    [[nodiscard]] bool is_short_of_bytes() const;
    // Less than a thousand, or less than a hundredth.
    [[nodiscard]] bool is_short_of_files() const;
};

// Of the nearest directory that is there. The error is a sentence.
std::expected<DiskRoom, std::string> disk_room(const std::filesystem::path& directory);

// "12.3 GiB".
std::string readable_bytes(std::uint64_t bytes);

}  // namespace sillok
