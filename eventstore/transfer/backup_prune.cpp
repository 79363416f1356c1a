#include "eventstore/transfer/backup_prune.hpp"

#include "eventstore/base/directory_lock.hpp"
#include "eventstore/transfer/backup_engine.hpp"
#include "eventstore/transfer/backup_notes.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <system_error>
#include <utility>

namespace sillok {

namespace {

namespace fs = std::filesystem;

std::vector<BackupNumber> numbers_with_damage(const BackupCheck& check) {
    std::vector<BackupNumber> numbers;
    std::ranges::copy_if(check.checked, std::back_inserter(numbers),
                         [&](BackupNumber number) { return check.is_damaged(number); });
    return numbers;
}

// What is decided, before anything is removed.
Pruned decided(const BackupList& list, BackupCheck check, const RetentionRule& rule) {
    Pruned pruned;
    pruned.damaged = numbers_with_damage(check);
    std::vector<Backup> whole;
    std::ranges::copy_if(list.good, std::back_inserter(whole),
                         [&](const Backup& backup) { return !check.is_damaged(backup.number); });
    auto verdicts = retained_by(rule, whole);
    for (std::size_t at = 0; at < whole.size(); ++at)
        pruned.backups.push_back(
            {.backup = std::move(whole[at]), .kept = verdicts[at].kept, .why = std::move(verdicts[at].why)});
    pruned.damages = std::move(check.damages);
    return pruned;
}

std::vector<BackupNumber> numbers_to_remove(const Pruned& pruned, bool removes_damaged) {
    std::vector<BackupNumber> numbers;
    for (const auto& one : pruned.backups)
        if (!one.kept) numbers.push_back(one.backup.number);
    if (removes_damaged) numbers.insert(numbers.end(), pruned.damaged.begin(), pruned.damaged.end());
    return numbers;
}

// The bytes of the files that no backup has which stays.
std::uint64_t bytes_only_in(const fs::path& directory, const std::vector<BackupNumber>& removed) {
    std::set<std::string> staying;
    std::set<std::string> going;
    for (const auto number : backups::noted_numbers(directory)) {
        const bool goes = std::ranges::find(removed, BackupNumber{number}) != removed.end();
        if (const auto files = backups::noted_files(directory, number))
            for (const auto& file : *files) (goes ? going : staying).insert(file.path);
    }
    std::uint64_t bytes = 0;
    for (const auto& path : going) {
        std::error_code error;
        const auto size = staying.contains(path) ? 0 : fs::file_size(directory / path, error);
        if (!error) bytes += size;
    }
    return bytes;
}

}  // namespace

std::expected<Pruned, std::string> prune_backups(const fs::path& directory, const PruneOptions& options) {
    auto check = check_backups(directory);
    if (!check) return std::unexpected(check.error());
    const auto lock = DirectoryLock::take(
        directory, options.is_rehearsal ? DirectoryLock::Purpose::share : DirectoryLock::Purpose::write);
    if (!lock) return std::unexpected(lock.error());
    const auto list = list_backups(directory);
    if (!list) return std::unexpected(list.error());
    const auto newest = check->checked.empty() ? BackupNumber{} : check->checked.back();
    const bool is_newest_damaged = check->is_damaged(newest);
    auto pruned = decided(*list, *std::move(check), options.rule);
    const auto removed = numbers_to_remove(pruned, options.removes_damaged);
    if (removed.empty()) return pruned;
    if (is_newest_damaged)
        return std::unexpected(backups::name_of(newest.value, directory) +
                               ", the newest, is damaged: nothing is removed before there is another one after it");
    pruned.bytes_freed = bytes_only_in(directory, removed);
    if (options.is_rehearsal) return pruned;
    const auto writer = backups::open_writer(directory, {.removes_damaged = options.removes_damaged});
    if (!writer) return std::unexpected(writer.error());
    for (const auto number : removed)
        if (const auto status = writer->engine->DeleteBackup(number.value); !status.ok())
            return std::unexpected(backups::name_of(number.value, directory) +
                                   " cannot be removed: " + status.ToString());
    return pruned;
}

}  // namespace sillok
