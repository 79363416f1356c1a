// The time of day as a clock that only goes forward, at the pace of real time, also while the machine's clock is set.
// Deadlines and retries are told by it, so a wall clock that is set delays none of them and hurries none.
//
// Start:   at the wall clock's time, or at `at_least` where that is later (the time of the log's last event).
// Pace:    that of the time since boot, which goes on while the machine is suspended.
// Drift:   where the wall clock says something else, this clock goes up to `slew` faster or slower until they agree
//          again: a second is made up for in 20 s, an hour in 20 h. A restart takes the wall clock's time at once, but
//          never one before `at_least`.
// Threads: any thread may call any member.
#pragma once

#include "eventstore/base/clock.hpp"

#include <atomic>
#include <cstdint>
#include <functional>

namespace sillok {

class ForwardClock final : public Clock {
   public:
    // Where the time comes from, in nanoseconds, and random bits. `since_boot` never goes back.
    struct Sources {
        std::function<std::int64_t()> wall;
        std::function<std::int64_t()> since_boot;
        std::function<std::uint64_t()> random;
    };
    static Sources of_machine();

    static constexpr std::int64_t slew = 20;  // at most a twentieth faster or slower

    explicit ForwardClock(Timestamp at_least = {}, Sources sources = of_machine());

    [[nodiscard]] Timestamp now() const override;
    [[nodiscard]] std::uint64_t random() const override;
    // Ids made a quarter of a microsecond apart or more are ascending while this clock is not being slowed.
    [[nodiscard]] Uuid new_id() const override;

   private:
    [[nodiscard]] std::int64_t nanoseconds() const;
    void approach_wall(std::int64_t since_boot) const;

    const Sources sources_;
    mutable std::atomic<std::int64_t> offset_;       // from the time since boot to this clock's
    mutable std::atomic<std::int64_t> compared_at_;  // with the wall clock, in time since boot
    mutable std::atomic<std::int64_t> last_;         // the latest time that was given
};

}  // namespace sillok
