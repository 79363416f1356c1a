#include "eventstore/transfer/backup_log.hpp"

#include "eventstore/transfer/backup_engine.hpp"

#include <utility>

namespace sillok {

struct BackupLog::Disk {
    backups::Reader reader;
    rocksdb::BackupInfo info;
};

BackupLog::BackupLog(DirectoryLock lock, Backup backup, std::unique_ptr<Disk> disk)
    : lock_(std::move(lock)), backup_(std::move(backup)), disk_(std::move(disk)) {}
BackupLog::BackupLog(BackupLog&&) noexcept = default;
BackupLog::~BackupLog() = default;

std::expected<BackupLog, std::string> BackupLog::open(const std::filesystem::path& from,
                                                      std::optional<BackupNumber> number) {
    const auto absolute = std::filesystem::absolute(from).lexically_normal();
    if (!backups::holds_backups(absolute)) return std::unexpected(from.string() + " holds no backup");
    auto lock = DirectoryLock::take(absolute, DirectoryLock::Purpose::share);
    if (!lock) return std::unexpected(lock.error());
    auto chosen = backup_to_restore(absolute, number);
    if (!chosen) return std::unexpected(chosen.error());
    auto reader = backups::open_reader(absolute);
    if (!reader) return std::unexpected(reader.error());
    auto disk = std::make_unique<Disk>(Disk{.reader = std::move(*reader), .info = {}});
    if (const auto found = disk->reader->GetBackupInfo(chosen->number.value, &disk->info, true); !found.ok())
        return std::unexpected(backups::name_of(chosen->number.value, from) + " cannot be read: " + found.ToString());
    BackupLog opened{*std::move(lock), *std::move(chosen), std::move(disk)};
    auto log = RocksLog::open(opened.disk_->info.name_for_open, RocksLog::Mode::read_only,
                              {.disk = opened.disk_->info.env_for_open.get()});
    if (!log)
        return std::unexpected(backups::name_of(opened.backup_.number.value, from) + " cannot be read: " + log.error());
    opened.log_ = *std::move(log);
    return opened;
}

}  // namespace sillok
