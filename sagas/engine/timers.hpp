// The times at which a saga has to be looked at again: its next attempt, or its expiry. Whether a saga has expired is
// decided in saga_decisions.cpp.
//
// Order:   of the timers that are due, expiries come before retries, and both in the order of their times. At one time
//          expiries come in the order of their streams, retries in the order in which they were set.
// Memory:  in proportion to the timers that are set.
// Threads: one at a time.
#pragma once

#include "eventstore/base/clock.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <string_view>

namespace sillok::saga {

struct Timer {
    enum class Kind : std::uint8_t { expiry, retry };
    Timestamp time;
    Kind kind = Kind::expiry;
    std::string stream;
};

class Timers {
   public:
    // Setting an expiry that is set already changes nothing.
    void set_expiry(std::string_view stream, Timestamp time);
    void cancel_expiry(std::string_view stream, Timestamp time);
    // REQUIRES: the stream has no retry set.
    void set_retry(std::string_view stream, Timestamp time);
    void cancel_retry(std::string_view stream, Timestamp time);

    // Removes the first timer that is due, and returns it. Returns nothing if none is.
    std::optional<Timer> pop_due(Timestamp now);
    [[nodiscard]] std::optional<Timestamp> next() const;
    [[nodiscard]] std::size_t retries() const { return retries_; }

   private:
    struct Key {
        Timer::Kind kind;
        Timestamp time;
        std::uint64_t number;  // of a retry: how many were set before it; 0 of an expiry
        std::string_view stream;
        friend auto operator<=>(const Key&, const Key&) = default;
    };
    struct Entry {
        Timer::Kind kind;
        Timestamp time;
        std::uint64_t number;
        std::string stream;
        [[nodiscard]] Key key() const { return {kind, time, number, stream}; }
    };
    struct Earlier {
        using is_transparent = void;
        bool operator()(const Entry& a, const Entry& b) const { return a.key() < b.key(); }
        bool operator()(const Entry& a, const Key& b) const { return a.key() < b; }
        bool operator()(const Key& a, const Entry& b) const { return a < b.key(); }
    };

    using Entries = std::set<Entry, Earlier>;
    [[nodiscard]] Entries::const_iterator first_retry() const;

    Entries entries_;
    std::size_t retries_ = 0;
    std::uint64_t retries_set_ = 0;
};

}  // namespace sillok::saga
