// Simulated time: a queue of tasks, each with a time. Nothing waits; time jumps to the next task.
//
// Order: by time, then by the order of scheduling, so that a run is a function of its seed.
#pragma once

#include "eventstore/base/clock.hpp"
#include "eventstore/base/forward_clock.hpp"
#include "tools/simulation/rng.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <utility>

namespace sillok::simulation {

using Microseconds = std::chrono::microseconds;
using Task = std::function<void()>;

class Scheduler {
   public:
    [[nodiscard]] Microseconds now() const { return now_; }

    void after(Microseconds wait, Task task) { tasks_.emplace(std::pair{now_ + wait, ++count_}, std::move(task)); }

    // Runs the next task. Returns false when there is none before `end`; the time is then `end`.
    bool step(Microseconds end) {
        const auto first = tasks_.begin();
        if (first == tasks_.end() || first->first.first > end) {
            now_ = std::max(now_, end);
            return false;
        }
        now_ = first->first.first;
        const auto task = std::move(first->second);
        tasks_.erase(first);
        task();
        return true;
    }

   private:
    Microseconds now_{0};
    std::uint64_t count_ = 0;
    std::map<std::pair<Microseconds, std::uint64_t>, Task> tasks_;
};

// The machine's wall clock: simulated time plus an offset that a fault may change.
class SimulatedClock final : public Clock {
   public:
    SimulatedClock(const Scheduler& scheduler, Rng& rng) : scheduler_(scheduler), rng_(rng) {}

    Timestamp now() const override {
        return Timestamp{epoch_ms +
                         std::chrono::duration_cast<std::chrono::milliseconds>(scheduler_.now() + off_).count()};
    }
    std::uint64_t random() const override { return rng_.bits(); }

    void set_off(Microseconds by) { off_ += by; }

    // A clock that only goes forward, as the program makes it of this one when it starts.
    [[nodiscard]] ForwardClock forward(Timestamp at_least) const {
        const auto ns = [](Microseconds time) { return std::chrono::nanoseconds{time}.count(); };
        return ForwardClock{at_least,
                            {.wall = [this, ns] { return epoch_ms * 1'000'000 + ns(scheduler_.now() + off_); },
                             .since_boot = [this, ns] { return ns(scheduler_.now()); },
                             .random = [this] { return random(); }}};
    }

   private:
    static constexpr std::int64_t epoch_ms = 1'700'000'000'000;

    const Scheduler& scheduler_;
    Rng& rng_;
    Microseconds off_{0};
};

}  // namespace sillok::simulation
