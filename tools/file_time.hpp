// When a file was last changed.
#pragma once

#include "eventstore/base/timestamp.hpp"

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <optional>

namespace sillok {

// Nothing if it is not there, or cannot be looked at.
inline std::optional<Timestamp> changed_at(const std::filesystem::path& file) {
    struct stat found{};
    if (::stat(file.c_str(), &found) != 0) return std::nullopt;
    return Timestamp{std::int64_t{found.st_mtim.tv_sec} * 1000 + found.st_mtim.tv_nsec / 1'000'000};
}

}  // namespace sillok
