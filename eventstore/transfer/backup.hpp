// Copies of a log in a directory of their own, made while the log is written to: each one is whole, and shares
// with the ones before it the table files that both have.
//
// Order:   a backup is numbered 1, 2, 3 ... within its directory, and holds every event up to its head and
//          perhaps some after it; they are cut off or kept as after a crash.
// Disk:    RocksDB's backup engine keeps the files, with a checksum of each; the log's HEAD (head_file.hpp)
//          stands in the backup's own notes, so that a restored log is checked against what was acknowledged.
// Threads: one backup into one directory at a time.
// Errors:  one sentence for people.
#pragma once

#include "eventstore/storage/head_file.hpp"
#include "eventstore/storage/rocks_log.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sillok {

using BackupNumber = Strong<struct BackupNumberTag, std::uint32_t>;

struct Backup {
    BackupNumber number;
    Timestamp time;                  // when it was made, in whole seconds
    Acknowledged head;               // it holds at least this
    std::uint64_t bytes = 0;         // all of its files together, shared ones included
    std::uint64_t bytes_copied = 0;  // what making it added to the directory; known only to whoever made it
};

// Adds a backup to a directory that is absent, empty, or holds backups already. When `stop` is requested it gives
// up with an error; what was copied by then is removed with the next backup.
std::expected<Backup, std::string> back_up(const RocksLog& log, const std::filesystem::path& to,
                                           std::stop_token stop = {});

// The backups in a directory, oldest first. A damaged one is an error that names it.
std::expected<std::vector<Backup>, std::string> list_backups(const std::filesystem::path& from);

// Writes a backup's log, HEAD and all, into a directory that is absent or empty: the newest one, or that number.
// Every file is compared with its checksum on the way; the log is not opened.
std::expected<Backup, std::string> restore_backup(const std::filesystem::path& from, std::optional<BackupNumber> number,
                                                  const std::filesystem::path& log_directory);

}  // namespace sillok
