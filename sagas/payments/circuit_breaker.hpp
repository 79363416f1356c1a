// Stops calls to a dependency that fails or is slow, and lets it recover step by step.
//
//   closed     every call may go; when the rate of failed or slow calls in the window is reached: open
//   open       no call may go until the break is over; then: half-open. Each further break is longer, up to `break_max`
//   half-open  a few probes may go; when their rates are below the limits: closed, otherwise: open
//
// Window:   a span of time in ten buckets, not the last N calls. At 1,000 calls/s the last N calls cover one hiccup, at
//           1 call/min an outage that has passed.
// Failed:   a call without a response that can be trusted. A declined payment is a response. A call that fails again
//           and again counts once, unless the provider cannot be reached at all.
// One:      while all failed calls have a customer or an amount in common, it opens for calls of that group only. The
//           first answer to another call closes it, and failures of the group do not count for a while; three other
//           calls that fail in a row open it for everybody.
// Late:     the result of a call from before the last change of state is ignored.
// Operator: may force it open or closed. Back in automatic mode, it continues half-open, or closed.
// Pure:     time and random bits are arguments; no clock, no locks, no I/O. Nothing is stored: it starts closed.
#pragma once

#include "eventstore/base/clock.hpp"
#include "sagas/payments/breaker_options.hpp"
#include "sagas/payments/failing_calls.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sillok {

enum class BreakerState : std::uint8_t { closed, open, half_open };
enum class BreakerMode : std::uint8_t { automatic, open, closed };  // the last two: forced by an operator
std::string_view text(BreakerState state);                          // "closed", "open", "half-open"
std::string_view text(BreakerMode mode);                            // "auto", "open", "closed"

struct BreakerSnapshot {
    BreakerState state = BreakerState::closed;
    BreakerMode mode = BreakerMode::automatic;
    // Closed: of the window; half-open: of the probes so far; open: of the calls that opened it.
    double failure_rate = 0;
    double slow_rate = 0;
    std::uint64_t calls = 0;
    std::uint64_t opened = 0;             // how many times it has opened
    CallGroup only_for{};                 // not closed: the calls that wait; no group: all
    std::optional<Timestamp> retry_at{};  // open: the first probe may go from this time; nothing if forced open
    std::chrono::seconds look_again{0};   // a caller should wait this long before it asks again; closed: 0
};

class CircuitBreaker {
   public:
    enum class Outcome : std::uint8_t {
        answered,
        failed,
        failed_for_all,  // it could not depend on the customer or the amount: no connection, for example
    };

    // Identifies the period in which a call began.
    struct Call {
        std::uint64_t period = 0;
        CallTraits traits{};
        bool is_beside = false;  // made while the breaker was open, but not for this one
    };

    // REQUIRES: rates above 0, at least one probe.
    explicit CircuitBreaker(const BreakerOptions& options = {});

    // Whether a call may begin now.
    [[nodiscard]] bool lets(Timestamp now, const CallTraits& call = {}) const;
    // Begins a call. REQUIRES: every call is reported; lets(now, call), unless an operator has forced it open since.
    Call begin(Timestamp now, const CallTraits& call = {});
    // Reports the outcome of a call and its duration.
    void report(const Call& call, Outcome outcome, std::chrono::milliseconds took, Timestamp now,
                std::uint64_t random_bits);

    void set_mode(BreakerMode mode);

    [[nodiscard]] BreakerState state(Timestamp now) const;
    [[nodiscard]] BreakerSnapshot snapshot(Timestamp now) const;

   private:
    struct Tally {
        std::uint64_t calls = 0;
        std::uint64_t failed = 0;
        std::uint64_t slow = 0;
        void add(const Tally& other);
    };
    struct Bucket {
        std::int64_t slot = -1;  // the number of its span of time
        Tally tally;
    };
    static constexpr std::int64_t buckets = 10;

    [[nodiscard]] bool is_too_much(const Tally& tally, std::uint64_t of) const;
    [[nodiscard]] std::int64_t slot_of(Timestamp now) const;
    [[nodiscard]] Tally window(Timestamp now) const;
    void enter(BreakerState state);
    void open(Tally why, Timestamp now, std::uint64_t random_bits);
    [[nodiscard]] bool is_beside(const CallTraits& call) const;
    void report_closed(const Call& call, Outcome outcome, bool is_slow, Timestamp now, std::uint64_t random_bits);
    void report_beside(const Call& call, Outcome outcome, Timestamp now);

    BreakerOptions options_;
    BreakerMode mode_ = BreakerMode::automatic;
    BreakerState state_ = BreakerState::closed;
    std::uint64_t period_ = 0;  // the number of state changes so far
    std::array<Bucket, buckets> window_{};
    FailingCalls failing_;
    CallGroup only_for_;
    Tally why_open_;
    Timestamp opened_at_;
    Timestamp retry_at_;
    std::uint32_t breaks_ = 0;  // in a row, since it was last closed
    std::uint64_t opened_ = 0;
    std::uint32_t probes_begun_ = 0;
    Tally probes_;
};

}  // namespace sillok
