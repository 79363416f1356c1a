#include "eventstore/transfer/backup.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/directory_lock.hpp"
#include "eventstore/storage/keys.hpp"
#include "eventstore/storage/known_chain.hpp"
#include "eventstore/storage/value_codec.hpp"
#include "eventstore/transfer/backup_engine.hpp"

#include <rocksdb/db.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <system_error>
#include <utility>

namespace sillok {

namespace {

namespace fs = std::filesystem;
namespace rdb = rocksdb;
using backups::name_of;
using Kind = BackupError::Kind;

std::unexpected<BackupError> refused(Kind kind, std::string what) {
    return std::unexpected(BackupError{kind, std::move(what)});
}

std::unexpected<BackupError> failed(std::string what) { return refused(Kind::failed, std::move(what)); }

// Writes the HEAD that the log had when it was backed up.
std::expected<void, std::string> write_head(const fs::path& log_directory, const Acknowledged& head) {
    const auto path = log_directory / keys::head_file;
    auto& disk = *rdb::FileSystem::Default();
    if (auto made = HeadFile::create(disk, path); !made) return made;
    auto file = HeadFile::open(disk, path, {});
    if (!file) return std::unexpected(file.error());
    return file->write(head);
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
        return std::unexpected(name_of(chosen, from) + " is damaged");
    if (std::ranges::find(good, chosen, &rdb::BackupInfo::backup_id) == good.end())
        return std::unexpected(from.string() + " holds no backup " + std::to_string(chosen) + "; the newest is " +
                               std::to_string(newest));
    return chosen;
}

std::string log_text(const LogIdentity& log) {
    return "log " + log.log_id.text() + ", epoch " + std::to_string(log.epoch().value);
}

bool may_be_of(const LogIdentity& log, const Backup& backup) {
    return backup.log.log_id == log.log_id || backup.log.log_id.is_nil();
}

// Whether everything that the backup is sure to have is in the log.
bool continues(const LogStorage& log, const Backup& backup) {
    return may_be_of(log.identity(), backup) && knows_chain(log, backup.head.position, backup.head.chain_hash);
}

// Why a backup of this log may not follow the newest one. Nothing if it may.
std::optional<std::string> contradiction(const RocksLog& log, const Backup& newest, const fs::path& to) {
    if (continues(log, newest)) return std::nullopt;
    const auto identity = log.identity();
    const auto end = log.head().position;
    const auto kept = name_of(newest.number.value, to) + " is of " +
                      (newest.log.log_id.is_nil() ? "a log" : log_text(newest.log)) + ", up to position " +
                      std::to_string(newest.head.position.value);
    const auto why = !may_be_of(identity, newest) ? ", but this is " + log_text(identity)
                     : end < newest.head.position
                         ? ", but this " + log_text(identity) + ", ends at position " + std::to_string(end.value)
                         : ", but this " + log_text(identity) + ", has another event there";
    return kept + why + "; choose another directory for the backups of this log";
}

// What the newest backup cannot say.
std::string remark_on(const BackupList& list, const fs::path& to) {
    if (!list.damaged.empty() && (list.good.empty() || list.damaged.back() > list.good.back().number))
        return name_of(list.damaged.back().value, to) + " is damaged: whether this log continues it is not known";
    if (list.good.empty() || !list.good.back().log.log_id.is_nil()) return "";
    return name_of(list.good.back().number.value, to) +
           " does not say which log it is of, because an older Sillok made it: only its last event was compared";
}

// Leaves damaged backups alone, and those of other logs, and those with events that this log does not have.
std::expected<std::uint32_t, std::string> remove_oldest(rdb::BackupEngine& engine, const fs::path& directory,
                                                        const RocksLog& log, std::uint32_t keep) {
    auto old = backups::list_of(engine, directory).good;
    std::erase_if(old, [&](const Backup& backup) { return !continues(log, backup); });
    std::uint32_t removed = 0;
    for (; old.size() - removed > keep; ++removed)
        if (const auto status = engine.DeleteBackup(old[removed].number.value); !status.ok())
            return std::unexpected("the backup is made, but " + name_of(old[removed].number.value, directory) +
                                   " cannot be removed: " + status.ToString());
    return removed;
}

}  // namespace

bool can_take_backups(const fs::path& to) {
    if (backups::holds_backups(to)) return true;
    if (!backups::is_absent_or_empty(to)) return false;
    std::error_code error;
    auto there = to;
    while (there.has_relative_path() && !fs::exists(there, error) && !error) there = there.parent_path();
    return there.empty() || fs::is_directory(there, error);
}

std::expected<Backup, BackupError> back_up(const RocksLog& log, const fs::path& to, std::optional<std::uint32_t> keep,
                                           std::stop_token stop) {
    SILLOK_ASSERT(keep != 0u);
    if (!can_take_backups(to)) return failed(to.string() + " holds something else than backups");
    std::error_code error;
    fs::create_directories(to, error);
    if (error) return failed(to.string() + " cannot be made: " + error.message());
    const auto lock = DirectoryLock::take(to, DirectoryLock::Purpose::write);
    if (!lock) return refused(Kind::in_use, lock.error());
    const auto engine = backups::open_writer(to);
    if (!engine) return failed(engine.error());
    const auto before = backups::list_of(**engine, to);
    if (!before.good.empty())
        if (auto why = contradiction(log, before.good.back(), to)) return refused(Kind::another_log, *std::move(why));

    // Read before the copy begins: everything in the log now is durable, so the backup will have it.
    const auto end = log.head();
    const Acknowledged head{end.position, end.chain_hash, end.groups};
    const std::stop_callback giving_up{std::move(stop), [&] { (*engine)->StopBackup(); }};
    const auto number = log.copy_files(**engine, values::acknowledged(head) + values::identity(log.identity()));
    if (!number) return failed("the backup into " + to.string() + " failed: " + number.error());

    const auto after = backups::list_of(**engine, to).good;
    if (after.empty() || after.back().number.value != *number)
        return failed("the backup into " + to.string() + " cannot be read back");
    auto backup = after.back();
    backup.remark = remark_on(before, to);
    if (!keep) return backup;
    const auto removed = remove_oldest(**engine, to, log, *keep);
    if (!removed) return failed(removed.error());
    backup.removed = *removed;
    return backup;
}

std::expected<BackupList, std::string> list_backups(const fs::path& from) {
    const auto reader = backups::open_reader(from);
    if (!reader) return std::unexpected(reader.error());
    return backups::list_of(**reader, from);
}

std::expected<Backup, std::string> restore_backup(const fs::path& from, std::optional<BackupNumber> number,
                                                  const fs::path& log_directory) {
    if (!backups::is_absent_or_empty(log_directory)) return std::unexpected(log_directory.string() + " is not empty");
    if (!backups::holds_backups(from)) return std::unexpected(from.string() + " holds no backup");
    const auto lock = DirectoryLock::take(from, DirectoryLock::Purpose::share);
    if (!lock) return std::unexpected(lock.error());
    const auto reader = backups::open_reader(from);
    if (!reader) return std::unexpected(reader.error());
    const auto chosen = choose(**reader, from, number);
    if (!chosen) return std::unexpected(chosen.error());
    rdb::BackupInfo info;
    if (const auto found = (*reader)->GetBackupInfo(*chosen, &info); !found.ok())
        return std::unexpected(name_of(*chosen, from) + " cannot be read: " + found.ToString());
    auto backup = backups::backup_of(from, info);
    if (!backup) return backup;

    std::error_code error;
    fs::create_directories(log_directory, error);
    if (error) return std::unexpected(log_directory.string() + " cannot be made: " + error.message());
    const auto directory = log_directory.string();
    const auto restored = (*reader)->RestoreDBFromBackup(rdb::RestoreOptions{}, *chosen, directory, directory);
    if (restored.IsCorruption()) return std::unexpected(name_of(*chosen, from) + " is damaged: " + restored.ToString());
    if (!restored.ok()) return std::unexpected("the log cannot be restored: " + restored.ToString());
    if (auto written = write_head(log_directory, backup->head); !written) return std::unexpected(written.error());
    return backup;
}

}  // namespace sillok
