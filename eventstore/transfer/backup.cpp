#include "eventstore/transfer/backup.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/directory_lock.hpp"
#include "eventstore/base/pace.hpp"
#include "eventstore/base/room.hpp"
#include "eventstore/storage/keys.hpp"
#include "eventstore/storage/known_chain.hpp"
#include "eventstore/storage/value_codec.hpp"
#include "eventstore/transfer/backup_engine.hpp"
#include "eventstore/transfer/backup_notes.hpp"
#include "eventstore/transfer/shared_files.hpp"

#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>

#include <algorithm>
#include <atomic>
#include <fstream>
#include <string>
#include <string_view>
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

// The file OWNER says which log's backups these are: the notes of all of them may be damaged.
constexpr const char* owner_file = "OWNER";
constexpr std::string_view owner_prefix = "sillok backups of log ";

// Nothing if there is no such file, or if it cannot be read.
std::optional<Uuid> owner_of(const fs::path& directory) {
    std::ifstream file{directory / owner_file};
    std::string line;
    if (!std::getline(file, line) || !line.starts_with(owner_prefix)) return std::nullopt;
    return Uuid::parse(std::string_view{line}.substr(owner_prefix.size()));
}

std::expected<void, BackupError> note_owner(const fs::path& directory, const LogIdentity& log) {
    if (log.log_id.is_nil() || owner_of(directory) == log.log_id) return {};
    auto& disk = *rdb::Env::Default();
    const auto path = (directory / owner_file).string();
    const auto beside = path + ".partial";
    auto done = rdb::WriteStringToFile(&disk, std::string{owner_prefix} + log.log_id.text() + '\n', beside, true);
    if (done.ok()) done = disk.RenameFile(beside, path);
    if (!done.ok()) return failed(path + " cannot be written: " + done.ToString());
    return {};
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

// Removes a directory of backups again that was not there, or was empty, unless it is kept. Its parents, too.
class NewDirectory {
   public:
    explicit NewDirectory(const fs::path& path) : is_new_(backups::is_absent_or_empty(path)) {
        std::error_code error;
        auto at = fs::absolute(path, error).lexically_normal();
        if (!at.has_filename()) at = at.parent_path();
        path_ = at;
        for (; at.has_relative_path() && !fs::exists(at, error); at = at.parent_path()) absent_.push_back(at);
    }
    ~NewDirectory() {
        if (!is_new_) return;
        std::error_code ignored;
        for (const auto* ours : {"meta", "private", "shared_checksum", "LOCK", "OWNER", "OWNER.partial"})
            fs::remove_all(path_ / ours, ignored);
        for (const auto& made : absent_) fs::remove(made, ignored);  // only if nothing else is in it
    }
    NewDirectory(const NewDirectory&) = delete;
    NewDirectory& operator=(const NewDirectory&) = delete;
    void keep() { is_new_ = false; }

   private:
    bool is_new_;
    fs::path path_;
    std::vector<fs::path> absent_;  // innermost first
};

struct Copying {
    const RocksLog& log;
    const fs::path& to;
    const BackupOptions& options;
};

std::expected<Backup, BackupError> copied(const Copying& work, const backups::SharedFiles& shared) {
    const auto bytes = shared.bytes_to_copy + work.log.bytes_in_memory();
    if (auto lack = lack_of_room(work.to, bytes + bytes_to_spare)) return refused(Kind::no_room, *std::move(lack));
    const auto writer = backups::open_writer(work.to, {.bytes_per_second = work.options.bytes_per_second});
    if (!writer) return failed(writer.error());
    auto& engine = *writer->engine;
    const auto before = backups::list_of(engine, work.to);
    // Read before the copy begins: everything in the log now is durable, so the backup will have it.
    const auto end = work.log.head();
    const Acknowledged head{end.position, end.chain_hash, end.groups};
    const std::stop_callback giving_up{work.options.stop, [&] { engine.StopBackup(); }};
    std::atomic<std::uint64_t> done = shared.bytes_shared;
    const auto number =
        work.log.copy_files(engine, values::acknowledged(head) + values::identity(work.log.identity()), [&] {
            done += backups::progress_step;
            if (work.options.progress) work.options.progress(done, shared.bytes_shared + bytes);
        });
    if (!number) return failed("the backup into " + work.to.string() + " failed: " + number.error());
    const auto after = backups::list_of(engine, work.to).good;
    if (after.empty() || after.back().number.value != *number)
        return failed("the backup into " + work.to.string() + " cannot be read back");
    auto backup = after.back();
    backup.replaced = shared.replaced;
    backup.remark = remark_on(before, work.to);
    if (!work.options.keep) return backup;
    const auto removed = remove_oldest(engine, work.to, work.log, *work.options.keep);
    if (!removed) return failed(removed.error());
    backup.removed = *removed;
    return backup;
}

// Whether this log's backups may go there. The newest that can be read says it; where none can, the file OWNER does.
std::expected<void, BackupError> may_follow(const RocksLog& log, const fs::path& to) {
    if (backups::holds_backups(to)) {
        const auto before = list_backups(to);
        if (!before) return failed(before.error());
        if (!before->good.empty()) {
            auto why = contradiction(log, before->good.back(), to);
            return why ? refused(Kind::another_log, *std::move(why)) : std::expected<void, BackupError>{};
        }
    }
    const auto identity = log.identity();
    const auto owner = owner_of(to);
    if (!owner || identity.log_id.is_nil() || *owner == identity.log_id) return {};
    return refused(Kind::another_log, to.string() + " has the backups of log " + owner->text() + ", but this is " +
                                          log_text(identity) +
                                          "; choose another directory for the backups of this log");
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

std::expected<Backup, BackupError> back_up(const RocksLog& log, const fs::path& to, const BackupOptions& options) {
    SILLOK_ASSERT(options.keep != 0u);
    if (!can_take_backups(to)) return failed(to.string() + " holds something else than backups");
    NewDirectory making{to};
    std::error_code error;
    fs::create_directories(to, error);
    if (error) return failed(to.string() + " cannot be made: " + error.message());
    const auto lock = DirectoryLock::take(to, DirectoryLock::Purpose::write);
    if (!lock) {
        if (fs::exists(to / "LOCK", error)) making.keep();  // another process is at work there
        return refused(Kind::in_use, lock.error());
    }
    if (const auto allowed = may_follow(log, to); !allowed) return std::unexpected(allowed.error());
    if (const auto noted = note_owner(to, log.identity()); !noted) return std::unexpected(noted.error());
    Pace pace{options.bytes_per_second, options.stop};
    std::uint64_t seen = 0;
    const auto shared = backups::made_sure_of(log, to, pace, [&](std::uint64_t bytes) {
        seen += bytes;
        if (options.progress) options.progress(seen, 0);
    });
    if (!shared) return failed("the backup into " + to.string() + " failed: " + shared.error());
    auto backup = copied({.log = log, .to = to, .options = options}, *shared);
    // Also a backup that is made when only the removal of older ones has failed.
    if (backup || !backups::noted_numbers(to).empty()) making.keep();
    return backup;
}

std::expected<BackupList, std::string> list_backups(const fs::path& from) {
    const auto reader = backups::open_reader(from);
    if (!reader) return std::unexpected(reader.error());
    return backups::list_of(**reader, from);
}

namespace {

std::expected<Backup, std::string> chosen_backup(const rdb::BackupEngineReadOnly& reader, const fs::path& from,
                                                 std::optional<BackupNumber> number) {
    const auto chosen = choose(reader, from, number);
    if (!chosen) return std::unexpected(chosen.error());
    rdb::BackupInfo info;
    if (const auto found = reader.GetBackupInfo(*chosen, &info); !found.ok())
        return std::unexpected(name_of(*chosen, from) + " cannot be read: " + found.ToString());
    return backups::backup_of(from, info);
}

}  // namespace

std::expected<Backup, std::string> backup_to_restore(const fs::path& from, std::optional<BackupNumber> number) {
    const auto reader = backups::open_reader(from);
    if (!reader) return std::unexpected(reader.error());
    return chosen_backup(**reader, from, number);
}

std::expected<Backup, std::string> restore_backup(const fs::path& from, std::optional<BackupNumber> number,
                                                  const fs::path& log_directory, const RestoreOptions& options) {
    if (!backups::is_absent_or_empty(log_directory)) return std::unexpected(log_directory.string() + " is not empty");
    if (!backups::holds_backups(from)) return std::unexpected(from.string() + " holds no backup");
    const auto lock = DirectoryLock::take(from, DirectoryLock::Purpose::share);
    if (!lock) return std::unexpected(lock.error());
    const auto reader = backups::open_reader(from, options.bytes_per_second);
    if (!reader) return std::unexpected(reader.error());
    auto backup = chosen_backup(**reader, from, number);
    if (!backup) return backup;
    if (auto lack = lack_of_room(log_directory, backup->bytes * options.copies + bytes_to_spare))
        return std::unexpected(*std::move(lack));

    std::error_code error;
    fs::create_directories(log_directory, error);
    if (error) return std::unexpected(log_directory.string() + " cannot be made: " + error.message());
    const auto directory = log_directory.string();
    const auto chosen = backup->number.value;
    const auto restored = (*reader)->RestoreDBFromBackup(rdb::RestoreOptions{}, chosen, directory, directory);
    if (restored.IsCorruption()) return std::unexpected(name_of(chosen, from) + " is damaged: " + restored.ToString());
    if (!restored.ok()) return std::unexpected("the log cannot be restored: " + restored.ToString());
    if (auto written = write_head(log_directory, backup->head); !written) return std::unexpected(written.error());
    return backup;
}

}  // namespace sillok
