// Whether the backups of a directory can be restored: each file is there, has its length, and holds what was written.
//
// Cost:   a look at every file, and the bytes of the few small ones that each backup has for itself; of the table files
//         as many bytes as asked for. A file that several backups share is looked at once.
// Disk:   nothing is written. LOCK keeps a writer out meanwhile, unless the caller does without.
// Errors: one sentence. Damage is no error: the report has it.
#pragma once

#include "eventstore/base/pace.hpp"
#include "eventstore/transfer/backup.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sillok {

struct BackupCheckOptions {
    std::optional<BackupNumber> only = {};  // nothing: all of them
    double share = 0;                       // of the bytes of table files that are read, 0 to 1
    std::uint64_t seed = 0;                 // which ones, where it is less than 1
    std::uint64_t bytes_per_second = 0;     // 0: as fast as the disk
    // Looks also while a process writes there. What is removed meanwhile looks damaged then.
    bool beside_a_writer = false;
    std::function<void(std::uint64_t read, std::uint64_t of)> progress = {};
};

struct BackupDamage {
    std::vector<BackupNumber> numbers;  // the backups that cannot be restored for it
    std::string file;                   // below the directory; empty: the backup as such
    std::string what;                   // "is missing"
};

struct BackupCheck {
    std::vector<BackupNumber> checked;
    std::uint64_t files = 0;
    std::uint64_t bytes = 0;
    std::uint64_t files_read = 0;
    std::uint64_t bytes_read = 0;
    std::vector<BackupDamage> damages;

    [[nodiscard]] bool ok() const { return damages.empty(); }
    [[nodiscard]] bool is_damaged(BackupNumber number) const;
};

std::expected<BackupCheck, std::string> check_backups(const std::filesystem::path& from,
                                                      const BackupCheckOptions& options = {});

}  // namespace sillok
