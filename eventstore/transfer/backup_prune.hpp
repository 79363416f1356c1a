// Removes backups by a rule of retention (backup_retention.hpp).
//
// Sure:   nothing is removed while the newest backup is damaged. A damaged backup stays, unless it is to go.
// Disk:   LOCK keeps everybody else out. A crash leaves files that the next backup clears away.
// Errors: one sentence; what was removed by then is removed.
#pragma once

#include "eventstore/transfer/backup_check.hpp"
#include "eventstore/transfer/backup_retention.hpp"

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>
#include <vector>

namespace sillok {

struct PruneOptions {
    RetentionRule rule;
    bool removes_damaged = false;
    bool is_rehearsal = false;  // nothing is changed
};

struct Pruned {
    struct One {
        Backup backup;
        bool kept = true;
        std::vector<std::string> why;
    };
    std::vector<One> backups;  // those that are whole at a glance, oldest first
    std::vector<BackupDamage> damages;
    std::vector<BackupNumber> damaged;  // the backups with damage, in order
    std::uint64_t bytes_freed = 0;      // of the files that no other backup has
};

std::expected<Pruned, std::string> prune_backups(const std::filesystem::path& directory, const PruneOptions& options);

}  // namespace sillok
