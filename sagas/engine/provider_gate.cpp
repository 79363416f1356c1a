#include "sagas/engine/provider_gate.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sillok::saga {

ProviderGate::ProviderGate(const Clock& clock, const BreakerOptions& breaker, std::size_t calls_max)
    : clock_(clock), calls_max_(calls_max), breaker_(breaker) {}

bool ProviderGate::may_call() const {
    if (calls_ >= calls_max_) return false;
    const MutexLock lock{mutex_};
    return breaker_.lets(clock_.now());
}

CircuitBreaker::Call ProviderGate::begin() {
    ++calls_;
    const MutexLock lock{mutex_};
    return breaker_.begin(clock_.now());
}

void ProviderGate::report(CircuitBreaker::Call call, CircuitBreaker::Outcome outcome, std::chrono::milliseconds took) {
    const auto now = clock_.now();
    const MutexLock lock{mutex_};
    const auto before = breaker_.state(now);
    breaker_.report(call, outcome, took, now, clock_.random());
    if (breaker_.state(now) == before) return;
    const auto after = breaker_.snapshot(now);
    if (after.state == BreakerState::closed)
        spdlog::info("the payment provider answers again");
    else
        spdlog::warn("the payment provider is spared for {} s: of {} calls {:.0f} % failed, {:.0f} % were slow",
                     after.look_again.count(), after.calls, after.failure_rate * 100, after.slow_rate * 100);
}

void ProviderGate::stand(std::string stream) { line_.push_back(std::move(stream)); }

void ProviderGate::leave(std::string_view stream) {
    const auto found = std::ranges::find(line_, stream);
    if (found == line_.end()) return;
    if (static_cast<std::size_t>(found - line_.begin()) < held_back_) --held_back_;
    line_.erase(found);
}

void ProviderGate::each_that_may_call(const std::function<void(const std::string&)>& visit) {
    note_who_is_held_back();
    while (!line_.empty() && may_call()) {
        const auto first = std::move(line_.front());
        line_.pop_front();
        visit(first);
        if (held_back_ > 0) --held_back_;  // only now: it was given time while it was visited
    }
}

std::optional<Timestamp> ProviderGate::spared_until() {
    note_who_is_held_back();
    return spared_until_;
}

void ProviderGate::note_who_is_held_back() {
    const auto now = clock_.now();
    const auto closed = [&] {
        const MutexLock lock{mutex_};
        return breaker_.state(now) == BreakerState::closed;
    }();
    if (!closed) held_back_ = line_.size();
    if (!closed || held_back_ > 0) spared_until_ = now;
}

BreakerSnapshot ProviderGate::snapshot() const {
    const MutexLock lock{mutex_};
    return breaker_.snapshot(clock_.now());
}

void ProviderGate::set_mode(BreakerMode mode) {
    const MutexLock lock{mutex_};
    breaker_.set_mode(mode);
    spdlog::warn("the payment provider's circuit breaker is set to {}", text(mode));
}

}  // namespace sillok::saga
