// How long the writer waits for company before it writes a group.
//
// Whoever the last group answered is likely to come again at once. A group that starts without them is half as large
// as it could be, and then each of them waits for two syncs instead of one. So the writer is patient for a moment,
// until as many commits wait as were about: those just answered and those that had gathered meanwhile. A lone client
// is alone in both counts and never waits. Where so much waits that writing it takes longer than the sync, there is
// nothing to gain: the next group gathers meanwhile. Where patience did not pay, it is not tried again for some groups.
//
// Pure: durations are measured outside. Threads: one at a time.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace sillok {

class GroupCommitPolicy {
   public:
    using Duration = std::chrono::nanoseconds;

    static constexpr std::size_t enough_bytes = 64u << 10;

    struct Patience {
        std::size_t commits;  // enough are there; or enough_bytes
        Duration at_most;
    };

    // When the last group is durable and `waiting` commits have gathered meanwhile.
    [[nodiscard]] Patience patience(std::size_t waiting) const {
        if (skip_ > 0) return {0, Duration::zero()};
        return {answered_ + waiting, std::min(last_write_ / 2, longest)};
    }

    // The group that came of it: how many commits were waiting when patience began, and how many it holds.
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
        pause_ = std::min(2 * pause_, longest_pause);
    }

    void written(std::size_t commits, Duration took) {
        answered_ = commits;
        last_write_ = took;
    }

   private:
    static constexpr Duration longest = std::chrono::milliseconds{1};
    static constexpr std::size_t longest_pause = 64;  // groups

    std::size_t answered_ = 0;  // by the last group
    Duration last_write_{};
    std::size_t skip_ = 0;   // so many groups more without patience
    std::size_t pause_ = 1;  // so many when patience does not pay next time
};

}  // namespace sillok
