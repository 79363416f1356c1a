#include "eventstore/base/forward_clock.hpp"

#include "eventstore/base/random.hpp"

#include <time.h>

#include <algorithm>
#include <utility>

namespace sillok {

namespace {

constexpr std::int64_t ns_per_ms = 1'000'000;
constexpr std::int64_t compare_every = 10 * ns_per_ms;

std::int64_t read(clockid_t clock) {
    timespec time{};
    clock_gettime(clock, &time);
    return time.tv_sec * 1'000'000'000 + time.tv_nsec;
}

}  // namespace

ForwardClock::Sources ForwardClock::of_machine() {
    return {.wall = [] { return read(CLOCK_REALTIME); },
            .since_boot = [] { return read(CLOCK_BOOTTIME); },
            .random = random_bits};
}

ForwardClock::ForwardClock(Timestamp at_least, Sources sources) : sources_(std::move(sources)) {
    const auto since_boot = sources_.since_boot();
    const auto begin = std::max(sources_.wall(), at_least.value * ns_per_ms);
    offset_ = begin - since_boot;
    compared_at_ = since_boot;
    last_ = begin;
}

// Takes a part of the way to the wall clock's time that the time since the last comparison allows. One thread does it.
void ForwardClock::approach_wall(std::int64_t since_boot) const {
    auto before = compared_at_.load(std::memory_order_relaxed);
    if (since_boot - before < compare_every || !compared_at_.compare_exchange_strong(before, since_boot)) return;
    const auto allowed = (since_boot - before) / slew;
    const auto offset = offset_.load(std::memory_order_relaxed);
    const auto apart = sources_.wall() - (since_boot + offset);
    offset_.store(offset + std::clamp(apart, -allowed, allowed), std::memory_order_relaxed);
}

std::int64_t ForwardClock::nanoseconds() const {
    const auto since_boot = sources_.since_boot();
    approach_wall(since_boot);
    const auto now = since_boot + offset_.load(std::memory_order_relaxed);
    auto last = last_.load(std::memory_order_relaxed);
    while (last < now && !last_.compare_exchange_weak(last, now, std::memory_order_relaxed)) {
    }
    return std::max(last, now);
}

Timestamp ForwardClock::now() const { return Timestamp{nanoseconds() / ns_per_ms}; }

std::uint64_t ForwardClock::random() const { return sources_.random(); }

Uuid ForwardClock::new_id() const {
    const auto now = nanoseconds();
    return uuid_v7(now / ns_per_ms, static_cast<std::uint64_t>(now % ns_per_ms) * 4096 / ns_per_ms, random());
}

}  // namespace sillok
