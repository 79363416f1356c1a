// The length and the checksum of a file as the disk has it: what memory holds of the file is dropped before.
//
// Threads: any.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <string_view>
#include <system_error>

namespace sillok {

struct FileSum {
    std::uint64_t bytes = 0;
    std::uint32_t crc32c = 0;
    bool whole = true;  // false: `see` ended it
};

// Reads a file from its beginning to its end. `see` is called with one piece after another; false ends it.
std::expected<FileSum, std::error_code> sum_of_file(const std::filesystem::path& file,
                                                    const std::function<bool(std::string_view)>& see = {});

}  // namespace sillok
