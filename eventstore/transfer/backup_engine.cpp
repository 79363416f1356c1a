#include "eventstore/transfer/backup_engine.hpp"

#include "eventstore/storage/value_codec.hpp"
#include "eventstore/transfer/kept_files.hpp"

#include <rocksdb/env.h>

#include <algorithm>
#include <string_view>
#include <system_error>
#include <utility>

namespace sillok::backups {

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
    options.callback_trigger_interval_size = progress_step;
    return options;
}

bool is_of_nobody(const fs::path& path) {
    const auto name = path.filename();
    return name == "LOCK" || name == "OWNER" || name == "lost+found";
}

}  // namespace

bool is_absent_or_empty(const fs::path& directory) {
    std::error_code error;
    if (!fs::exists(directory, error)) return !error;
    if (!fs::is_directory(directory, error)) return false;
    const fs::directory_iterator entries{directory, error};
    return !error && std::ranges::all_of(begin(entries), end(entries), is_of_nobody);
}

bool holds_backups(const fs::path& directory) {
    std::error_code error;
    return fs::is_directory(directory / notes_folder, error);
}

std::string name_of(std::uint32_t number, const fs::path& directory) {
    return "backup " + std::to_string(number) + " in " + directory.string();
}

std::expected<Reader, std::string> open_reader(const fs::path& from, std::uint64_t restored_bytes_per_second) {
    if (!holds_backups(from)) return std::unexpected(from.string() + " holds no backup");
    auto options = engine_options(from);
    options.restore_rate_limit = restored_bytes_per_second;
    rdb::BackupEngineReadOnly* opened = nullptr;
    const auto status = rdb::BackupEngineReadOnly::Open(options, rdb::Env::Default(), &opened);
    if (!status.ok())
        return std::unexpected("the backups in " + from.string() + " cannot be read: " + status.ToString());
    return Reader{opened};
}

std::expected<Writer, std::string> open_writer(const fs::path& to, const WriterOptions& wanted) {
    auto disk = disk_that_keeps(to, wanted.removes_damaged ? KeptFiles{} : files_of_damaged(to));
    auto options = engine_options(to);
    options.backup_env = disk.get();
    options.backup_rate_limit = wanted.bytes_per_second;
    rdb::BackupEngine* opened = nullptr;
    if (const auto status = rdb::BackupEngine::Open(options, rdb::Env::Default(), &opened); !status.ok())
        return std::unexpected("the backups in " + to.string() + " cannot be opened: " + status.ToString());
    return Writer{.disk = std::move(disk), .engine = std::unique_ptr<rdb::BackupEngine>{opened}};
}

std::expected<Backup, std::string> backup_of(const fs::path& directory, const rdb::BackupInfo& info) {
    const auto damaged = std::unexpected(name_of(info.backup_id, directory) + " is damaged");
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

BackupList list_of(const rdb::BackupEngineReadOnlyBase& engine, const fs::path& directory) {
    std::vector<rdb::BackupInfo> infos;
    engine.GetBackupInfo(&infos, true);
    std::ranges::sort(infos, {}, &rdb::BackupInfo::backup_id);
    BackupList list;
    std::set<std::string> known;
    for (const auto& info : infos) {
        std::uint64_t added = 0;
        for (const auto& file : info.file_details)
            if (known.insert(file.relative_filename).second) added += file.size;
        auto backup = backup_of(directory, info);
        if (!backup) {
            list.damaged.emplace_back(info.backup_id);
            continue;
        }
        backup->bytes_copied = std::min(added, backup->bytes);
        list.good.push_back(*std::move(backup));
    }
    std::vector<rdb::BackupID> damaged;
    engine.GetCorruptedBackups(&damaged);
    for (const auto number : damaged) list.damaged.emplace_back(number);
    std::ranges::sort(list.damaged);
    return list;
}

}  // namespace sillok::backups
