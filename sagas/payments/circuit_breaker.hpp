// Stops calling a dependency that does not answer, and finds out carefully when it answers again.
//
//   closed     every call goes; too many of the window's calls failed or were slow: open
//   open       no call goes until its break is over; every further break is longer, up to a bound: half-open
//   half-open  a few probes go; as many of them went well as the window asks of calls: closed, otherwise open
//
// Window:  the calls that ended within a span of time, in ten buckets. Not the last so many calls: at a thousand calls
//          a second these tell of one hiccup, at one call a minute of an outage that is long over.
// Failed:  a call without an answer that can be trusted. An answer that says no is an answer.
// Late:    what comes of a call that was begun before the last change of state says nothing of the present one.
// Operator: may force it open or closed. Left to itself again it goes on from half-open, or from closed.
// Pure:    time and chance are arguments; no clock, no locks, no I/O. Nothing of it is stored: it starts closed.
#pragma once

#include "eventstore/base/clock.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sillok {

struct BreakerOptions {
    std::chrono::milliseconds window{10'000};
    std::uint32_t calls_min = 20;  // of fewer calls in the window no rate is believed
    double failure_rate = 0.5;     // 0 < rate <= 1: opens from this share on
    double slow_rate = 0.8;        // the same, of calls that took `slow` or longer, whatever came of them
    std::chrono::milliseconds slow{3'000};
    std::chrono::milliseconds break_first{1'000};  // doubled with every break in a row; half of it is chance
    std::chrono::milliseconds break_most{60'000};
    std::uint32_t probes = 5;
};

enum class BreakerState : std::uint8_t { closed, open, half_open };
enum class BreakerMode : std::uint8_t { automatic, open, closed };  // the last two: forced by an operator
std::string_view text(BreakerState state);                          // "closed", "open", "half-open"
std::string_view text(BreakerMode mode);                            // "auto", "open", "closed"

struct BreakerSnapshot {
    BreakerState state = BreakerState::closed;
    BreakerMode mode = BreakerMode::automatic;
    double failure_rate = 0;              // of the window; half-open: of the probes so far; open: of what opened it
    double slow_rate = 0;                 // the same
    std::uint64_t calls = 0;              // the rates' calls
    std::uint64_t opened = 0;             // how often it has opened
    std::optional<Timestamp> retry_at{};  // open: from when on a probe may go; nothing while an operator keeps it open
    std::chrono::seconds look_again{0};   // after that it is worthwhile to ask again; 0 while it is closed
};

class CircuitBreaker {
   public:
    enum class Outcome : std::uint8_t { answered, failed };

    // A call that was begun, to be reported under.
    struct Call {
        std::uint64_t period;
    };

    // REQUIRES: rates above 0, at least one probe.
    explicit CircuitBreaker(const BreakerOptions& options = {});

    // Whether a call may be begun now.
    [[nodiscard]] bool lets(Timestamp now) const;
    // A call is begun. REQUIRES: it is reported, whatever comes of it; lets(now), or an operator was faster.
    Call begin(Timestamp now);
    // What came of it, and how long that took. `chance`: 64 fresh random bits.
    void report(Call call, Outcome outcome, std::chrono::milliseconds took, Timestamp now, std::uint64_t chance);

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
        std::int64_t slot = -1;  // which piece of time it is about
        Tally tally;
    };
    static constexpr std::int64_t buckets = 10;

    [[nodiscard]] bool is_too_much(const Tally& tally, std::uint64_t of) const;
    [[nodiscard]] std::int64_t slot_of(Timestamp now) const;
    [[nodiscard]] Tally window(Timestamp now) const;
    void enter(BreakerState state);
    void open(Tally why, Timestamp now, std::uint64_t chance);

    BreakerOptions options_;
    BreakerMode mode_ = BreakerMode::automatic;
    BreakerState state_ = BreakerState::closed;
    std::uint64_t period_ = 0;  // the state's number: one more with every change
    std::array<Bucket, buckets> window_{};
    Tally why_open_;
    Timestamp opened_at_;
    Timestamp retry_at_;
    std::uint32_t breaks_ = 0;  // in a row, without having been closed between
    std::uint64_t opened_ = 0;
    std::uint32_t probes_begun_ = 0;
    Tally probes_;
};

}  // namespace sillok
