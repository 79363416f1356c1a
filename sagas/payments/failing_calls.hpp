// The calls that failed lately: is it the provider that fails, or one customer or one amount with which it cannot cope?
//
// A call that is repeated is one call, however often it fails. If all failed calls have a customer or an amount in
// common, the trouble is theirs until somebody else's call fails, too; an answer to somebody else's call proves it.
// Memory: the newest `calls_max` failed calls, and `exempt_max` troubles that were proved.
// Pure:   time is an argument.
#pragma once

#include "eventstore/base/timestamp.hpp"
#include "eventstore/base/uuid.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

namespace sillok {

// Of a call: what one failure may have in common with another.
struct CallTraits {
    Uuid key{};                             // nil: a call like no other
    std::optional<std::size_t> customer{};  // a hash of the id
    std::optional<std::int64_t> amount{};   // minor units
    bool is_query = false;                  // an answer to it says nothing about the customer or the amount
};

// Calls of one customer, of one amount, or both.
struct CallGroup {
    std::optional<std::size_t> customer{};
    std::optional<std::int64_t> amount{};

    [[nodiscard]] bool any() const { return customer || amount; }
    [[nodiscard]] bool has(const CallTraits& call) const;
    friend bool operator==(const CallGroup&, const CallGroup&) = default;
};

class FailingCalls {
   public:
    // REQUIRES: window > 0.
    explicit FailingCalls(std::chrono::milliseconds window) : window_(window) {}

    // Whether a failure of this call would say nothing new: it has failed in the window, or is of an exempt group.
    [[nodiscard]] bool knows(const CallTraits& call, Timestamp now) const;
    // `is_everybodys`: it could not depend on the customer or the amount.
    void failed(const CallTraits& call, bool is_everybodys, Timestamp now);
    void answered(const CallTraits& call, Timestamp now);

    // What all failed calls of the window have in common; nothing if there are none.
    [[nodiscard]] CallGroup common(Timestamp now) const;
    // The number of different calls that failed in the window, since any call was answered. Calls without a key, and
    // failures that are everybody's, do not count.
    [[nodiscard]] std::size_t in_a_row(Timestamp now) const;
    // Whether a call that is not of this group was answered while these failed.
    [[nodiscard]] bool others_are_answered(const CallGroup& group, Timestamp now) const;
    // The provider is well, and fails for this group only: its failures do not count for a while.
    void exempt(const CallGroup& group, Timestamp now);
    void clear();

   private:
    static constexpr std::size_t calls_max = 256;
    static constexpr std::size_t exempt_max = 16;
    static constexpr std::chrono::minutes exempt_for{10};

    struct Failed {
        CallTraits call;
        bool is_everybodys;
        Timestamp at;
    };
    struct Exempt {
        CallGroup group;
        Timestamp until;
    };
    [[nodiscard]] bool is_in_window(Timestamp at, Timestamp now) const;

    const std::chrono::milliseconds window_;
    std::deque<Failed> calls_;  // oldest first
    std::deque<Exempt> exempt_;
    std::size_t in_a_row_from_ = 0;  // the index of the first failure since an answer
    std::optional<CallTraits> last_answered_;
    Timestamp last_answered_at_;
};

}  // namespace sillok
