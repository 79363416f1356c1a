// How much room a file system has, asked before much is written to it.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace sillok {

// What is written beside what was counted, and what the file system itself needs.
constexpr std::uint64_t bytes_to_spare = 1u << 20;

// The directory itself, or the nearest one above it that is there: what will be made is made on its file system.
std::filesystem::path existing_part(const std::filesystem::path& directory);

// A sentence if `bytes` do not fit where the directory is, or will be made: which directory, what it needs, what is
// free. Nothing also where the file system does not say.
std::optional<std::string> lack_of_room(const std::filesystem::path& directory, std::uint64_t bytes);

}  // namespace sillok
