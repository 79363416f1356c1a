// Decides when a saga may call the payment provider: a circuit breaker, a bulkhead and the queue behind both.
//
// Order:   first in, first out. A saga leaves the queue when the breaker and the bulkhead let its call pass. So after
//          an outage only as many sagas are resumed as may call. While the breaker is open for some calls only, others
//          pass them.
// Threads: one at a time. Any thread may call snapshot() and set_mode().
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
    // REQUIRES: the clock outlives the gate; calls_max >= 1.
    ProviderGate(const Clock& clock, const BreakerOptions& breaker, std::size_t calls_max);

    // ---- calls
    [[nodiscard]] bool may_call(const CallTraits& call = {}) const;
    // Counts a call as in flight. REQUIRES: end() follows once. report() comes before it, unless the call is dropped.
    CircuitBreaker::Call begin(const CallTraits& call = {});
    void report(const CircuitBreaker::Call& call, CircuitBreaker::Outcome outcome, std::chrono::milliseconds took);
    // Frees the call's place in the bulkhead.
    void end() { --calls_; }

    // ---- the queue
    void enqueue(std::string stream, const CallTraits& call = {});
    // Does nothing if the saga is not queued.
    void remove(std::string_view stream);
    // Takes the first saga whose call may be made out of the queue and calls resume(stream), until there is none.
    void release_ready(const std::function<void(const std::string&)>& resume);
    [[nodiscard]] std::size_t size() const { return queue_.size(); }
    // Returns the last time at which the breaker was open, or a saga that it had delayed was still queued.
    // Returns nothing if it was never open.
    std::optional<Timestamp> unavailable_until();

    // ---- operators
    [[nodiscard]] BreakerSnapshot snapshot() const;
    void set_mode(BreakerMode mode);

   private:
    struct Queued {
        std::string stream;
        CallTraits call;
    };
    using Queue = std::deque<Queued>;

    void update_unavailable();
    [[nodiscard]] Queue::iterator first_ready();
    void erase(const Queue::iterator& place);

    const Clock& clock_;
    const std::size_t calls_max_;

    mutable Mutex mutex_;
    CircuitBreaker breaker_ SILLOK_GUARDED_BY(mutex_);

    std::size_t calls_ = 0;  // in flight
    Queue queue_;
    std::size_t delayed_ = 0;  // how many at the front of the queue the breaker has delayed
    std::optional<Timestamp> unavailable_until_;
};

}  // namespace sillok::saga
