#include "eventstore/transfer/backup.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/storage/keys.hpp"
#include "eventstore/storage/value_codec.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/utilities/backup_engine.h>

#include <algorithm>
#include <memory>
#include <system_error>
#include <utility>

namespace sillok {

namespace {

namespace fs = std::filesystem;
namespace rdb = rocksdb;

// The engine's metadata, one file per backup; a directory without it has no backups.
constexpr std::string_view notes_folder = "meta";

rdb::BackupEngineOptions engine_options(const fs::path& directory) {
    rdb::BackupEngineOptions options{directory.string()};
    options.share_table_files = true;
    options.share_files_with_checksum = true;  // a restored log reuses file numbers, so names do not identify files
    options.backup_log_files = true;
    options.sync = true;
    return options;
}

std::uint64_t bytes_in(const fs::path& directory) {
    std::uint64_t bytes = 0;
    std::error_code error;
    for (const auto& entry : fs::recursive_directory_iterator{directory, error})
        if (entry.is_regular_file(error)) bytes += entry.file_size(error);
    return bytes;
}

bool is_absent_or_empty(const fs::path& directory) {
    std::error_code error;
    if (!fs::exists(directory, error)) return !error;
    return fs::is_directory(directory, error) && fs::is_empty(directory, error) && !error;
}

bool holds_backups(const fs::path& directory) {
    std::error_code error;
    return fs::is_directory(directory / notes_folder, error);
}

// Writes the HEAD that the log had when it was backed up.
std::expected<void, std::string> write_head(const fs::path& log_directory, const Acknowledged& head) {
    const auto path = log_directory / keys::head_file;
    auto& disk = *rdb::FileSystem::Default();
    if (auto made = HeadFile::create(disk, path); !made) return made;
    auto file = HeadFile::open(disk, path, {});
    if (!file) return std::unexpected(file.error());
    return file->write(head);
}

std::string number_text(std::uint32_t number) { return "backup " + std::to_string(number); }

std::expected<Backup, std::string> backup_of(const fs::path& directory, const rdb::BackupInfo& info) {
    const auto damaged = std::unexpected(number_text(info.backup_id) + " in " + directory.string() + " is damaged");
    const auto head = values::to_acknowledged(info.app_metadata);
    if (!head) return damaged;
    const auto rest = std::string_view{info.app_metadata}.substr(values::acknowledged_bytes);
    Backup backup{.number = BackupNumber{info.backup_id},
                  .time = Timestamp{info.timestamp * 1000},
                  .head = *head,
                  .log = {},
                  .bytes = info.size};
    if (rest.empty()) return backup;  // of a program that knew no identities
    auto log = values::to_identity(rest);
    if (!log) return damaged;
    backup.log = *std::move(log);
    return backup;
}

using Reader = std::unique_ptr<rdb::BackupEngineReadOnly>;

std::expected<Reader, std::string> open_reader(const fs::path& from) {
    if (!holds_backups(from)) return std::unexpected(from.string() + " holds no backup");
    rdb::BackupEngineReadOnly* opened = nullptr;
    const auto status = rdb::BackupEngineReadOnly::Open(engine_options(from), rdb::Env::Default(), &opened);
    if (!status.ok())
        return std::unexpected("the backups in " + from.string() + " cannot be read: " + status.ToString());
    return Reader{opened};
}

// The backup asked for, or the newest; never an older one instead of a damaged one.
std::expected<std::uint32_t, std::string> choose(const rdb::BackupEngineReadOnly& reader, const fs::path& from,
                                                 std::optional<BackupNumber> asked) {
    std::vector<rdb::BackupInfo> good;
    std::vector<rdb::BackupID> damaged;
    reader.GetBackupInfo(&good);
    reader.GetCorruptedBackups(&damaged);
    std::uint32_t newest = 0;
    for (const auto& one : good) newest = std::max(newest, one.backup_id);
    for (const auto one : damaged) newest = std::max(newest, one);
    if (newest == 0) return std::unexpected(from.string() + " holds no backup");
    const auto chosen = asked ? asked->value : newest;
    if (std::ranges::find(damaged, chosen) != damaged.end())
        return std::unexpected(number_text(chosen) + " in " + from.string() + " is damaged");
    if (std::ranges::find(good, chosen, &rdb::BackupInfo::backup_id) == good.end())
        return std::unexpected(from.string() + " holds no " + number_text(chosen) + "; the newest is " +
                               std::to_string(newest));
    return chosen;
}

// Leaves damaged backups alone, and those of other logs. Those without a log id are of before logs had one.
std::expected<std::uint32_t, std::string> remove_oldest(rdb::BackupEngine& engine, const fs::path& directory,
                                                        const Uuid& log_id, std::uint32_t keep) {
    std::vector<rdb::BackupInfo> good;
    engine.GetBackupInfo(&good);
    std::erase_if(good, [&](const rdb::BackupInfo& info) {
        const auto backup = backup_of(directory, info);
        return !backup || (backup->log.log_id != log_id && !backup->log.log_id.is_nil());
    });
    std::ranges::sort(good, {}, &rdb::BackupInfo::backup_id);
    std::uint32_t removed = 0;
    for (; good.size() - removed > keep; ++removed)
        if (const auto status = engine.DeleteBackup(good[removed].backup_id); !status.ok())
            return std::unexpected("the backup is made, but " + number_text(good[removed].backup_id) + " in " +
                                   directory.string() + " cannot be removed: " + status.ToString());
    return removed;
}

}  // namespace

bool can_take_backups(const fs::path& to) {
    if (holds_backups(to)) return true;
    if (!is_absent_or_empty(to)) return false;
    std::error_code error;
    auto there = to;
    while (there.has_relative_path() && !fs::exists(there, error) && !error) there = there.parent_path();
    return there.empty() || fs::is_directory(there, error);
}

std::expected<Backup, std::string> back_up(const RocksLog& log, const fs::path& to, std::optional<std::uint32_t> keep,
                                           std::stop_token stop) {
    SILLOK_ASSERT(keep != 0u);
    if (!can_take_backups(to)) return std::unexpected(to.string() + " holds something else than backups");
    std::error_code error;
    fs::create_directories(to, error);
    if (error) return std::unexpected(to.string() + " cannot be made: " + error.message());
    rdb::BackupEngine* opened = nullptr;
    if (const auto status = rdb::BackupEngine::Open(engine_options(to), rdb::Env::Default(), &opened); !status.ok())
        return std::unexpected("the backups in " + to.string() + " cannot be opened: " + status.ToString());
    const std::unique_ptr<rdb::BackupEngine> engine{opened};

    const auto bytes_before = bytes_in(to);
    // Read before the copy begins: everything in the log now is durable, so the backup will have it.
    const auto end = log.head();
    const Acknowledged head{end.position, end.chain_hash, end.groups};
    const std::stop_callback giving_up{std::move(stop), [&] { engine->StopBackup(); }};
    const auto number = log.copy_files(*engine, values::acknowledged(head) + values::identity(log.identity()));
    if (!number) return std::unexpected("the backup into " + to.string() + " failed: " + number.error());

    rdb::BackupInfo info;
    if (const auto found = engine->GetBackupInfo(*number, &info); !found.ok())
        return std::unexpected("the backup into " + to.string() + " cannot be read back: " + found.ToString());
    auto backup = backup_of(to, info);
    if (!backup) return backup;
    backup->bytes_copied = bytes_in(to) - bytes_before;
    if (!keep) return backup;
    const auto removed = remove_oldest(*engine, to, backup->log.log_id, *keep);
    if (!removed) return std::unexpected(removed.error());
    backup->removed = *removed;
    return backup;
}

std::expected<std::vector<Backup>, std::string> list_backups(const fs::path& from) {
    const auto reader = open_reader(from);
    if (!reader) return std::unexpected(reader.error());
    std::vector<rdb::BackupID> damaged;
    (*reader)->GetCorruptedBackups(&damaged);
    if (!damaged.empty()) return std::unexpected(number_text(damaged.front()) + " in " + from.string() + " is damaged");
    std::vector<rdb::BackupInfo> infos;
    (*reader)->GetBackupInfo(&infos);
    std::vector<Backup> backups;
    for (const auto& info : infos) {
        auto backup = backup_of(from, info);
        if (!backup) return std::unexpected(backup.error());
        backups.push_back(*backup);
    }
    std::ranges::sort(backups, {}, &Backup::number);
    return backups;
}

std::expected<Backup, std::string> restore_backup(const fs::path& from, std::optional<BackupNumber> number,
                                                  const fs::path& log_directory) {
    if (!is_absent_or_empty(log_directory)) return std::unexpected(log_directory.string() + " is not empty");
    const auto reader = open_reader(from);
    if (!reader) return std::unexpected(reader.error());
    const auto chosen = choose(**reader, from, number);
    if (!chosen) return std::unexpected(chosen.error());
    rdb::BackupInfo info;
    if (const auto found = (*reader)->GetBackupInfo(*chosen, &info); !found.ok())
        return std::unexpected(number_text(*chosen) + " in " + from.string() + " cannot be read: " + found.ToString());
    auto backup = backup_of(from, info);
    if (!backup) return backup;

    std::error_code error;
    fs::create_directories(log_directory, error);
    if (error) return std::unexpected(log_directory.string() + " cannot be made: " + error.message());
    const auto directory = log_directory.string();
    const auto restored = (*reader)->RestoreDBFromBackup(rdb::RestoreOptions{}, *chosen, directory, directory);
    if (restored.IsCorruption())
        return std::unexpected(number_text(*chosen) + " in " + from.string() + " is damaged: " + restored.ToString());
    if (!restored.ok()) return std::unexpected("the log cannot be restored: " + restored.ToString());
    if (auto written = write_head(log_directory, backup->head); !written) return std::unexpected(written.error());
    return backup;
}

}  // namespace sillok
