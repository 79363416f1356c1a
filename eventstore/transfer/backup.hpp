// Backups of a log in a directory of their own, made while the log is written to. Each backup is complete; backups
// share the table files that they have in common.
//
// Order:   backups are numbered 1, 2, 3 ... within their directory. A backup has every event up to its head, and
//          perhaps some after it, which are kept or cut off as after a crash.
// Disk:    RocksDB's backup engine keeps the files, with a checksum of each. The log's HEAD (head_file.hpp) is in the
//          backup's metadata, so that a restored log is checked against what was acknowledged; its identity, too.
// One log: a directory takes backups of one log only. Each one continues the one before: the log still has the event
//          that the newest backup ends with. So no backup takes the place of events that only an older one has.
// Errors:  one sentence for people.
// Threads: any. LOCK, in the directory, keeps a second process or thread out while one writes or restores.
#pragma once

#include "eventstore/log_identity.hpp"
#include "eventstore/storage/head_file.hpp"
#include "eventstore/storage/rocks_log.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

namespace sillok {

using BackupNumber = Strong<struct BackupNumberTag, std::uint32_t>;

struct Backup {
    BackupNumber number;
    Timestamp time;                  // when it was made, in whole seconds
    Acknowledged head;               // it has at least this
    LogIdentity log;                 // nil id: an older program made the backup
    std::uint64_t bytes = 0;         // of all its files, including shared ones
    std::uint64_t bytes_copied = 0;  // of the files that no earlier backup in the directory has
    std::uint32_t removed = 0;       // older ones that were removed after it; 0 unless returned by back_up()
    std::uint32_t replaced = 0;      // damaged files of earlier ones that were replaced before it; likewise
    std::string remark = {};         // what could not be compared before it was made; empty: nothing. Likewise
};

struct BackupList {
    std::vector<Backup> good;           // oldest first
    std::vector<BackupNumber> damaged;  // in order
};

struct BackupError {
    enum class Kind {
        failed,
        another_log,  // the directory belongs to another log, or to another history of this one
        in_use,       // by another process, or another thread of this one
        no_room,      // it was not begun
    };
    Kind kind;
    std::string what;
};

// Whether back_up() may write there: the directory is absent, empty, or has backups, and nothing above it is a file.
bool can_take_backups(const std::filesystem::path& to);

struct BackupOptions {
    // When the backup has succeeded, the oldest good ones that this log continues are removed until this number is
    // left, the new one among them. REQUIRES: not 0.
    std::optional<std::uint32_t> keep = {};
    std::uint64_t bytes_per_second = 0;  // read and written, each; 0: as fast as the disk
    std::stop_token stop = {};           // requested: it ends with an error
    // From any thread, and throws nothing. The total is an estimate.
    std::function<void(std::uint64_t done, std::uint64_t of)> progress = {};
};

// Adds a backup to a directory that is absent, empty, or has backups. Every file that it shares with an earlier one is
// read and compared with its checksum; a damaged one is replaced. So what succeeds can be restored. When it fails,
// nothing is left of it.
std::expected<Backup, BackupError> back_up(const RocksLog& log, const std::filesystem::path& to,
                                           const BackupOptions& options = {});

std::expected<BackupList, std::string> list_backups(const std::filesystem::path& from);

struct RestoreOptions {
    std::uint64_t bytes_per_second = 0;  // 0: as fast as the disk
    std::uint64_t copies = 1;            // room is looked for as if the log were written so often
};

// Restores a backup's log and HEAD into a directory that is absent or empty: the newest backup, or the one with this
// number. Compares every file with its checksum. Does not open the log.
std::expected<Backup, std::string> restore_backup(const std::filesystem::path& from, std::optional<BackupNumber> number,
                                                  const std::filesystem::path& log_directory,
                                                  const RestoreOptions& options = {});

// The backup that restore_backup() would take.
std::expected<Backup, std::string> backup_to_restore(const std::filesystem::path& from,
                                                     std::optional<BackupNumber> number);

}  // namespace sillok
