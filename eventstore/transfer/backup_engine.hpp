// What the parts of backup.hpp share: RocksDB's backup engine over a directory of backups.
//
// Disk:    the engine's own files, and LOCK (directory_lock.hpp) while a process writes there or restores from there.
// Threads: one at a time.
#pragma once

#include "eventstore/transfer/backup.hpp"

#include <rocksdb/utilities/backup_engine.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace sillok::backups {

using Reader = std::unique_ptr<rocksdb::BackupEngineReadOnly>;

// Deletes nothing of a damaged backup.
struct Writer {
    std::unique_ptr<rocksdb::Env> disk;
    std::unique_ptr<rocksdb::BackupEngine> engine;
};

struct WriterOptions {
    std::uint64_t bytes_per_second = 0;  // copied; 0: as fast as the disk
    bool removes_damaged = false;
};

// The bytes after which the engine reports progress, each time.
constexpr std::uint64_t progress_step = 1u << 20;

bool holds_backups(const std::filesystem::path& directory);
// Nothing of anybody's: what a lock or a file system leaves does not count.
bool is_absent_or_empty(const std::filesystem::path& directory);
// "backup 3 in /mnt/backups"
std::string name_of(std::uint32_t number, const std::filesystem::path& directory);

// The error is one sentence.
std::expected<Reader, std::string> open_reader(const std::filesystem::path& from,
                                               std::uint64_t restored_bytes_per_second = 0);
std::expected<Writer, std::string> open_writer(const std::filesystem::path& to, const WriterOptions& options = {});

// Without what it shares (Backup::bytes_copied). The error says that the backup is damaged.
std::expected<Backup, std::string> backup_of(const std::filesystem::path& directory, const rocksdb::BackupInfo& info);

// Those that can be read, oldest first, with what each has that those before it have not; and the damaged ones.
BackupList list_of(const rocksdb::BackupEngineReadOnlyBase& engine, const std::filesystem::path& directory);

}  // namespace sillok::backups
