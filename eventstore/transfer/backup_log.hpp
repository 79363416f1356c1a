// The log in a backup, read where it is: nothing is restored and nothing is written.
//
// Disk:    the backup's files; LOCK keeps a writer out meanwhile. Damage is met by the reads that come upon it.
// Threads: as LogStorage says.
#pragma once

#include "eventstore/base/directory_lock.hpp"
#include "eventstore/transfer/backup.hpp"

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace sillok {

class BackupLog {
   public:
    // The newest backup, or the one with this number. The error is one sentence.
    static std::expected<BackupLog, std::string> open(const std::filesystem::path& from,
                                                      std::optional<BackupNumber> number);
    BackupLog(BackupLog&&) noexcept;
    ~BackupLog();

    [[nodiscard]] const Backup& backup() const { return backup_; }
    [[nodiscard]] const RocksLog& log() const { return *log_; }

   private:
    struct Disk;  // hides RocksDB's headers
    BackupLog(DirectoryLock lock, Backup backup, std::unique_ptr<Disk> disk);

    DirectoryLock lock_;
    Backup backup_;
    std::unique_ptr<Disk> disk_;
    std::unique_ptr<RocksLog> log_;  // last: it uses the disk
};

}  // namespace sillok
