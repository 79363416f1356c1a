#include "sagas/payments/circuit_breaker.hpp"

#include "eventstore/base/assertion.hpp"

#include <algorithm>
#include <utility>

namespace sillok {

using namespace std::chrono_literals;

std::string_view text(BreakerState state) {
    switch (state) {
        case BreakerState::open: return "open";
        case BreakerState::half_open: return "half-open";
        default: return "closed";
    }
}

std::string_view text(BreakerMode mode) {
    switch (mode) {
        case BreakerMode::open: return "open";
        case BreakerMode::closed: return "closed";
        default: return "auto";
    }
}

CircuitBreaker::CircuitBreaker(const BreakerOptions& options) : options_(options), failing_(options.window) {
    SILLOK_ASSERT(options.failure_rate > 0 && options.slow_rate > 0 && options.probes > 0);
}

bool CircuitBreaker::lets(Timestamp now, const CallTraits& call) const {
    if (is_beside(call)) return true;
    switch (state(now)) {
        case BreakerState::closed: return true;
        case BreakerState::open: return false;
        default: return state_ == BreakerState::open || probes_begun_ < options_.probes;
    }
}

CircuitBreaker::Call CircuitBreaker::begin(Timestamp now, const CallTraits& call) {
    if (is_beside(call)) return {period_, call, true};
    if (const auto now_in = state(now); now_in != state_) enter(now_in);
    if (state_ == BreakerState::half_open) ++probes_begun_;
    return {period_, call};
}

void CircuitBreaker::report(const Call& call, Outcome outcome, std::chrono::milliseconds took, Timestamp now,
                            std::uint64_t random_bits) {
    if (call.period != period_) return;
    if (call.is_beside) return report_beside(call, outcome, now);
    if (state_ == BreakerState::open) return;
    const bool is_slow = took >= options_.slow;
    if (state_ == BreakerState::closed) return report_closed(call, outcome, is_slow, now, random_bits);
    probes_.add({1, outcome == Outcome::answered ? 0u : 1u, is_slow ? 1u : 0u});
    if (is_too_much(probes_, options_.probes)) return open(probes_, now, random_bits);
    if (probes_.calls >= options_.probes) enter(BreakerState::closed);
}

void CircuitBreaker::report_closed(const Call& call, Outcome outcome, bool is_slow, Timestamp now,
                                   std::uint64_t random_bits) {
    const bool has_failed = outcome != Outcome::answered;
    if (outcome == Outcome::failed && failing_.knows(call.traits, now)) return;
    const auto slot = slot_of(now);
    auto& bucket = window_[static_cast<std::size_t>(slot % buckets)];
    if (bucket.slot != slot) bucket = {slot, {}};
    bucket.tally.add({1, has_failed ? 1u : 0u, is_slow ? 1u : 0u});
    if (has_failed || is_slow) failing_.failed(call.traits, outcome == Outcome::failed_for_all, now);
    if (!has_failed) failing_.answered(call.traits, now);
    if (mode_ == BreakerMode::closed) return;
    const auto all = window(now);
    const bool is_rate_reached = all.calls >= options_.calls_min && is_too_much(all, all.calls);
    const auto row_max = std::max<std::size_t>(1, options_.calls_min / 2);
    if (!is_rate_reached && (!has_failed || failing_.in_a_row(now) < row_max)) return;
    const auto group = failing_.common(now);
    if (group.any() && failing_.others_are_answered(group, now)) {
        failing_.exempt(group, now);
        window_ = {};
        return;
    }
    only_for_ = group;
    open(all, now, random_bits);
}

// The breaker is open for a group, and this call is not of it.
void CircuitBreaker::report_beside(const Call& call, Outcome outcome, Timestamp now) {
    constexpr std::size_t others_max = 3;
    if (outcome == Outcome::answered) {
        const auto group = only_for_;
        enter(BreakerState::closed);
        failing_.exempt(group, now);
        return;
    }
    const bool is_everybodys = outcome == Outcome::failed_for_all;
    if (!is_everybodys && only_for_.has(call.traits)) return;
    if (is_everybodys || !failing_.knows(call.traits, now)) failing_.failed(call.traits, is_everybodys, now);
    if (is_everybodys || failing_.in_a_row(now) >= others_max) only_for_ = {};
}

void CircuitBreaker::set_mode(BreakerMode mode) {
    const auto before = std::exchange(mode_, mode);
    if (mode != BreakerMode::automatic) only_for_ = {};
    if (mode == BreakerMode::automatic) {
        if (before == BreakerMode::open) enter(BreakerState::half_open);
        return;
    }
    const auto forced = mode == BreakerMode::open ? BreakerState::open : BreakerState::closed;
    if (forced == state_) return;
    if (forced == BreakerState::open) {
        ++opened_;
        why_open_ = {};
    }
    enter(forced);
}

BreakerSnapshot CircuitBreaker::snapshot(Timestamp now) const {
    BreakerSnapshot snapshot{.state = state(now), .mode = mode_, .opened = opened_, .only_for = only_for_};
    const auto told = snapshot.state == BreakerState::closed      ? window(now)
                      : snapshot.state == BreakerState::half_open ? probes_
                                                                  : why_open_;
    snapshot.calls = told.calls;
    if (told.calls > 0) {
        snapshot.failure_rate = static_cast<double>(told.failed) / static_cast<double>(told.calls);
        snapshot.slow_rate = static_cast<double>(told.slow) / static_cast<double>(told.calls);
    }
    if (snapshot.state == BreakerState::half_open) snapshot.look_again = 1s;
    if (snapshot.state != BreakerState::open) return snapshot;
    if (mode_ == BreakerMode::open) {
        snapshot.look_again = std::max(1s, std::chrono::ceil<std::chrono::seconds>(options_.break_max));
        return snapshot;
    }
    snapshot.retry_at = retry_at_;
    const std::chrono::milliseconds left{retry_at_.value - now.value};
    snapshot.look_again = std::max(1s, std::chrono::ceil<std::chrono::seconds>(left));
    return snapshot;
}

void CircuitBreaker::Tally::add(const Tally& other) {
    calls += other.calls;
    failed += other.failed;
    slow += other.slow;
}

// A break that is over shows at once, not only at the next call. A clock that was set back does not prolong it.
BreakerState CircuitBreaker::state(Timestamp now) const {
    const bool waits = state_ == BreakerState::open && mode_ == BreakerMode::automatic;
    if (waits && (now >= retry_at_ || now < opened_at_)) return BreakerState::half_open;
    return state_;
}

bool CircuitBreaker::is_beside(const CallTraits& call) const {
    return only_for_.any() && (call.is_query || !only_for_.has(call));
}

// `of`: the number of calls that the rates refer to. Some may not have ended yet.
bool CircuitBreaker::is_too_much(const Tally& tally, std::uint64_t of) const {
    const auto all = static_cast<double>(of);
    return static_cast<double>(tally.failed) >= options_.failure_rate * all ||
           static_cast<double>(tally.slow) >= options_.slow_rate * all;
}

std::int64_t CircuitBreaker::slot_of(Timestamp now) const {
    return now.value / std::max<std::int64_t>(1, options_.window.count() / buckets);
}

CircuitBreaker::Tally CircuitBreaker::window(Timestamp now) const {
    const auto newest = slot_of(now);
    Tally all;
    for (const auto& bucket : window_)
        if (bucket.slot > newest - buckets && bucket.slot <= newest) all.add(bucket.tally);
    return all;
}

void CircuitBreaker::enter(BreakerState state) {
    ++period_;
    state_ = state;
    if (state == BreakerState::closed) {
        breaks_ = 0;
        only_for_ = {};
    }
    window_ = {};
    failing_.clear();
    probes_begun_ = 0;
    probes_ = {};
}

void CircuitBreaker::open(Tally why, Timestamp now, std::uint64_t random_bits) {
    enter(BreakerState::open);
    why_open_ = why;
    ++opened_;
    const auto doublings = std::min<std::uint32_t>(breaks_++, 30);
    const auto longest = std::min<std::int64_t>(options_.break_first.count() << doublings, options_.break_max.count());
    const auto sooner = static_cast<std::int64_t>(random_bits % static_cast<std::uint64_t>(longest / 2 + 1));
    opened_at_ = now;
    retry_at_ = Timestamp{now.value + longest - sooner};
}

}  // namespace sillok
