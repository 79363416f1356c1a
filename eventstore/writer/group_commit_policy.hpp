// Group commit: how long the writer waits for more commits before it writes a group.
//
// Clients that were just answered usually send the next commit at once. A group written without them is half as large
// as it could be, and each of them then waits for two syncs. The writer therefore lingers briefly, until as many
// commits are queued as were answered by the last group or have arrived since.
//
// One client alone never waits: it is the only one in both counts. When so much is queued that writing it takes longer
// than the sync, nothing is gained by waiting: enough_bytes ends it. After a linger that brought too few commits, the
// policy skips some groups before it tries again.
//
// Pure:    durations are measured by the caller.
// Threads: one at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sillok {

class GroupCommitPolicy {
   public:
    using Duration = std::chrono::nanoseconds;

    static constexpr std::size_t enough_bytes = 64u << 10;

    // Ends with this many commits, with enough_bytes, or after this time.
    struct Linger {
        std::size_t commits;
        Duration at_most;
    };

    // For the next group: the last group is durable, and `waiting` commits have arrived meanwhile.
    [[nodiscard]] Linger linger(std::size_t waiting) const {
        if (skip_ > 0) return {0, Duration::zero()};
        return {answered_ + waiting, std::min(last_write_ / 2, linger_max)};
    }

    // The linger is over: `waiting` commits were queued when it began, `commits` are in the group.
    void gathered(std::size_t waiting, std::size_t commits) {
        if (skip_ > 0) {
            --skip_;
            return;
        }
        const auto came = commits - std::min(commits, waiting);
        if (2 * came >= answered_) {
            pause_ = 1;
            return;
        }
        skip_ = pause_;
        pause_ = std::min(2 * pause_, pause_max);
    }

    // The group is durable.
    void written(std::size_t commits, Duration took) {
        answered_ = commits;
        last_write_ = took;
    }

   private:
    static constexpr Duration linger_max = std::chrono::milliseconds{1};
    static constexpr std::size_t pause_max = 64;  // groups

    std::size_t answered_ = 0;  // by the last group
    Duration last_write_{};
    std::size_t skip_ = 0;   // groups to write without linger
    std::size_t pause_ = 1;  // groups to skip after the next linger that brings too few commits
};

}  // namespace sillok
