// Reads the log's events into entries, and checks that each event follows from the ones before it.
// Nothing here uses the aggregates' own arithmetic, so that a mistake there cannot hide itself.
//
// Stock:  on hand = received + adjusted - committed + returned; reserved = the sum of the open reservations;
//         0 <= reserved <= on hand after every event; an order reserves the quantities that it ordered.
// Money:  refunded <= captured <= authorised = the order's total; a confirmed order was authorised, a completed one
//         captured.
// Calls:  a saga's intent to call the provider is an open call until its outcome is recorded.
// Memory: all orders, products and payments.
#pragma once

#include "eventstore/event.hpp"
#include "sagas/reconciliation/log_entries.hpp"

#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace sillok::reconciliation {

class LogReader {
   public:
    // `left_out`: the events that an operator has skipped.
    explicit LogReader(std::unordered_set<Uuid> left_out = {}) : left_out_(std::move(left_out)) {}

    // REQUIRES: every event of the log, in its order.
    void read(const Recorded& event);
    [[nodiscard]] LogEntries entries() && { return std::move(entries_); }

   private:
    const std::unordered_set<Uuid> left_out_;
    LogEntries entries_;
};

// The position at which a reader is, and the differences that it finds there.
struct ReadingAt {
    LogEntries& entries;
    Position position;

    void differs(std::string_view order, std::string_view product, std::string_view what) const;
    void is_explained(std::string_view order, std::string_view what) const;
};

}  // namespace sillok::reconciliation
