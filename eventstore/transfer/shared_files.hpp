// What a new backup would share with those before it. RocksDB's backup engine shares a table file by its name and does
// not look at it, so a backup could succeed that cannot be restored.
//
// Disk:    a shared file that is missing or damaged is replaced from the log, which has it still.
// Threads: any. REQUIRES: LOCK of the directory of backups is held for writing.
#pragma once

#include "eventstore/base/pace.hpp"
#include "eventstore/storage/rocks_log.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <string>

namespace sillok::backups {

struct SharedFiles {
    std::uint64_t bytes_shared = 0;
    std::uint64_t bytes_to_copy = 0;  // of tables that no backup has
    std::uint32_t replaced = 0;
};

// Reads every file that will be shared. `see` is called with the number of bytes read. The error is one sentence.
std::expected<SharedFiles, std::string> made_sure_of(const RocksLog& log, const std::filesystem::path& directory,
                                                     Pace& pace, const std::function<void(std::uint64_t)>& see = {});

}  // namespace sillok::backups
