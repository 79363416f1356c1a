#include "api/disk_room.hpp"

#include "eventstore/base/room.hpp"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <iterator>
#include <system_error>

namespace sillok {

namespace {

constexpr std::uint64_t mebibyte = 1u << 20;
constexpr std::uint64_t bytes_least = 256 * mebibyte;
constexpr std::uint64_t bytes_plenty = 10'240 * mebibyte;
constexpr std::uint64_t files_least = 1'000;

}  // namespace

bool DiskRoom::is_short_of_bytes() const {
    return free_bytes < bytes_least || free_bytes < std::min(total_bytes / 20, bytes_plenty);
}

bool DiskRoom::is_short_of_files() const {
    return total_files > 0 && (free_files < files_least || free_files < total_files / 100);
}

std::expected<DiskRoom, std::string> disk_room(const std::filesystem::path& directory) {
    const auto there = existing_part(directory);
    struct statvfs found{};
    if (statvfs(there.c_str(), &found) != 0)
        return std::unexpected("the room on the disk of " + there.string() +
                               " is not known: " + std::generic_category().message(errno));
    return DiskRoom{.free_bytes = std::uint64_t{found.f_bavail} * found.f_frsize,
                    .total_bytes = std::uint64_t{found.f_blocks} * found.f_frsize,
                    .free_files = found.f_favail,
                    .total_files = found.f_files};
}

std::string readable_bytes(std::uint64_t bytes) {
    constexpr const char* units[] = {"bytes", "KiB", "MiB", "GiB", "TiB", "PiB"};
    auto amount = static_cast<double>(bytes);
    std::size_t unit = 0;
    for (; amount >= 1024 && unit + 1 < std::size(units); ++unit) amount /= 1024;
    char text[32];
    std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.1f %s", amount, units[unit]);
    return text;
}

}  // namespace sillok
