// `sillok restore --dry-run`: what would be restored, and what would be cut away.
#pragma once

#include "eventstore/transfer/backup.hpp"
#include "eventstore/transfer/log_copier.hpp"

#include <filesystem>
#include <optional>

namespace sillok {

struct Rehearsal {
    std::filesystem::path from;
    std::optional<BackupNumber> number;
    std::optional<Until> until;
    std::filesystem::path to;  // empty: not said yet
    bool as_json = false;
};

// Reads the backup where it is, and makes nothing. Throws Failure where the restore would fail.
void print_rehearsal(const Rehearsal& rehearsal);

}  // namespace sillok
