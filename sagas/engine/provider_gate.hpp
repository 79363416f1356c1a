// Who may call the payment provider now, and who waits: a circuit breaker, a bulkhead, and one line behind both.
//
// Order:   whoever stood first goes first. The breaker lets its probes, and afterwards the bulkhead its calls, off the
//          front, so that a break's end wakes no more sagas than can go.
// Threads: one at a time, but snapshot() and set_mode(), which any thread may call.
#pragma once

#include "eventstore/base/clock.hpp"
#include "eventstore/base/mutex.hpp"
#include "sagas/payments/circuit_breaker.hpp"

#include <chrono>
#include <cstddef>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sillok::saga {

class ProviderGate {
   public:
    // REQUIRES: the clock outlives the line; calls_max >= 1.
    ProviderGate(const Clock& clock, const BreakerOptions& breaker, std::size_t calls_max);

    // ---- calls
    [[nodiscard]] bool may_call() const;
    // REQUIRES: the call is reported, or else dropped, once.
    CircuitBreaker::Call begin();
    void report(CircuitBreaker::Call call, CircuitBreaker::Outcome outcome, std::chrono::milliseconds took);
    // The call takes up no place of the bulkhead any more.
    void end() { --calls_; }

    // ---- the line
    void stand(std::string stream);
    void leave(std::string_view stream);
    // For the first in line as long as it may call: takes it out, then visit(stream).
    void each_that_may_call(const std::function<void(const std::string&)>& visit);
    [[nodiscard]] std::size_t size() const { return line_.size(); }
    // When the provider was last being spared, or somebody still in line because it had been: sagas are given time
    // until the line has moved past them.
    std::optional<Timestamp> spared_until();

    // ---- for people
    [[nodiscard]] BreakerSnapshot snapshot() const;
    void set_mode(BreakerMode mode);

   private:
    void note_who_is_held_back();

    const Clock& clock_;
    const std::size_t calls_max_;

    mutable Mutex mutex_;
    CircuitBreaker breaker_ SILLOK_GUARDED_BY(mutex_);

    std::size_t calls_ = 0;  // in flight
    std::deque<std::string> line_;
    std::size_t held_back_ = 0;  // how many at the front have waited for the breaker
    std::optional<Timestamp> spared_until_;
};

}  // namespace sillok::saga
