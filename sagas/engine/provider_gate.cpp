#include "sagas/engine/provider_gate.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>

namespace sillok::saga {

ProviderGate::ProviderGate(const Clock& clock, const BreakerOptions& breaker, std::size_t calls_max)
    : clock_(clock), calls_max_(calls_max), breaker_(breaker) {}

bool ProviderGate::may_call(const CallTraits& call) const {
    if (calls_ >= calls_max_) return false;
    const MutexLock lock{mutex_};
    return breaker_.lets(clock_.now(), call);
}

CircuitBreaker::Call ProviderGate::begin(const CallTraits& call) {
    ++calls_;
    const MutexLock lock{mutex_};
    return breaker_.begin(clock_.now(), call);
}

void ProviderGate::report(const CircuitBreaker::Call& call, CircuitBreaker::Outcome outcome,
                          std::chrono::milliseconds took) {
    const auto now = clock_.now();
    const MutexLock lock{mutex_};
    const auto before = breaker_.state(now);
    breaker_.report(call, outcome, took, now, clock_.random());
    if (breaker_.state(now) == before) return;
    const auto after = breaker_.snapshot(now);
    if (after.state == BreakerState::closed)
        spdlog::info("the payment provider answers again");
    else
        spdlog::warn("no calls to the payment provider{} for {} s: of {} calls {:.0f} % failed, {:.0f} % were slow",
                     after.only_for.any() ? " like those that fail" : "", after.look_again.count(), after.calls,
                     after.failure_rate * 100, after.slow_rate * 100);
}

void ProviderGate::enqueue(std::string stream, const CallTraits& call) { queue_.push_back({std::move(stream), call}); }

void ProviderGate::remove(std::string_view stream) {
    const auto found = std::ranges::find(queue_, stream, &Queued::stream);
    if (found != queue_.end()) erase(found);
}

void ProviderGate::erase(const Queue::iterator& place) {
    if (static_cast<std::size_t>(place - queue_.begin()) < delayed_) --delayed_;
    queue_.erase(place);
}

// Mostly the first one. Only while the breaker is open for some of them, a later one may pass them.
ProviderGate::Queue::iterator ProviderGate::first_ready() {
    if (calls_ >= calls_max_) return queue_.end();
    const MutexLock lock{mutex_};
    const auto now = clock_.now();
    if (!breaker_.snapshot(now).only_for.any())
        return !queue_.empty() && breaker_.lets(now, queue_.front().call) ? queue_.begin() : queue_.end();
    for (auto place = queue_.begin(); place != queue_.end(); ++place)
        if (breaker_.lets(now, place->call)) return place;
    return queue_.end();
}

void ProviderGate::release_ready(const std::function<void(const std::string&)>& resume) {
    update_unavailable();
    for (auto ready = first_ready(); ready != queue_.end(); ready = first_ready()) {
        const auto stream = std::move(ready->stream);
        const bool was_delayed = static_cast<std::size_t>(ready - queue_.begin()) < delayed_;
        queue_.erase(ready);
        resume(stream);
        if (was_delayed && delayed_ > 0) --delayed_;  // only now: while it is resumed, it still counts as delayed
    }
}

std::optional<Timestamp> ProviderGate::unavailable_until() {
    update_unavailable();
    return unavailable_until_;
}

void ProviderGate::update_unavailable() {
    const auto now = clock_.now();
    const auto closed = [&] {
        const MutexLock lock{mutex_};
        return breaker_.state(now) == BreakerState::closed;
    }();
    if (!closed) delayed_ = queue_.size();
    if (!closed || delayed_ > 0) unavailable_until_ = now;
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
