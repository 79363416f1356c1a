// Which backups a rule of retention keeps: the last ones, and one for each day, week and month. Pure.
//
// Sure:  the newest backup is kept, and every one that may have an event that the newest lacks.
// Time:  days, weeks (from Monday) and months are those of UTC. Each keeps its newest backup; days without a backup do
//        not count.
#pragma once

#include "eventstore/transfer/backup.hpp"

#include <cstdint>
#include <string>
#include <vector>

namespace sillok {

struct RetentionRule {
    std::uint32_t last = 0;
    std::uint32_t daily = 0;
    std::uint32_t weekly = 0;
    std::uint32_t monthly = 0;

    // Whether it keeps nothing but what is kept anyway.
    [[nodiscard]] bool is_empty() const { return last == 0 && daily == 0 && weekly == 0 && monthly == 0; }
};

struct Retained {
    BackupNumber number;
    bool kept = false;
    std::vector<std::string> why;  // "newest", "day 2026-11-27"; empty where it is not kept
};

// Whether everything that `older` is sure to have is in `newer`, by what both say of themselves.
bool has_all_of(const Backup& newer, const Backup& older);

// One for each backup, in their order. REQUIRES: oldest first.
std::vector<Retained> retained_by(const RetentionRule& rule, const std::vector<Backup>& backups);

}  // namespace sillok
