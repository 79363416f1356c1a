// The entries that the log gives: an order with its payment and its calls, and a product with its stock.
#pragma once

#include "aggregates/order.hpp"
#include "aggregates/saga_events.hpp"
#include "aggregates/values.hpp"
#include "eventstore/base/uuid.hpp"
#include "sagas/engine/definition.hpp"
#include "sagas/reconciliation/report.hpp"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sillok::reconciliation {

using OrderPhase = order::Order::Phase;

struct StockEntry {
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::unordered_map<std::string, std::int64_t> reserved_for;  // open reservations by order
    std::unordered_map<std::string, std::int64_t> away;          // committed for an order and not returned
    bool is_out_of_bounds = false;                               // reported already
};

// A call to the provider without an outcome.
struct OpenCall {
    Uuid command_id;
    saga::Act act;
    std::string step;
};

struct PaymentEntry {
    bool requested = false;
    bool authorised = false;
    bool declined = false;
    bool captured = false;
    bool voided = false;
    bool not_required = false;
    bool written_off = false;
    Money amount;  // requested
    std::int64_t captured_amount = 0;
    std::int64_t refunded_amount = 0;
    std::int64_t refund_requested = 0;
    std::string reference;
    std::vector<OpenCall> calls;

    [[nodiscard]] bool awaits_authorisation() const { return requested && !authorised && !declined; }
    [[nodiscard]] bool is_open() const { return !calls.empty() || awaits_authorisation(); }
    [[nodiscard]] bool has_open(saga::Act act) const {
        return std::ranges::find(calls, act, &OpenCall::act) != calls.end();
    }
};

// What operators have said about steps that they skipped, and how; empty: nothing.
struct OperatorWords {
    std::string capture;
    std::string undo;    // of a refund or a void
    std::string refund;  // of a delivery that came after it
};

struct OrderEntry {
    OrderPhase phase = OrderPhase::absent;
    Money total;
    std::vector<saga::Item> items;
    std::size_t products_held = 0;  // reserved for it, or away
    PaymentEntry payment;
    std::string parked_saga;  // empty: none
    std::string parked_why;
    bool has_goods = false;  // the customer: delivered and not returned
    OperatorWords operator_words;
    std::string last_call_step;  // of the last call to the provider, also of one with an outcome
    saga::Act last_call = saga::Act::authorise_payment;
};

struct LogEntries {
    std::uint64_t events = 0;
    std::unordered_map<std::string, OrderEntry> orders;
    std::unordered_map<std::string, StockEntry> products;
    std::unordered_map<std::string, std::string> order_of_reference;
    std::vector<Difference> differences;  // found while reading, each with its position
    std::vector<Difference> explained;    // the same, where an operator has said why
};

}  // namespace sillok::reconciliation
