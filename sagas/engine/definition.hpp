// What a saga does, as data: its steps in order, how each is undone, how long it is patient.
//
// Stored: a journal names its definition by name and version. A changed definition is a new version, and
// every version of which an instance may still live stays here.
#pragma once

#include "eventstore/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sillok::saga {

// What can be asked of the aggregates and of the payment provider. Each may be asked again under the same
// command id; what already stands counts as done.
enum class Act : std::uint8_t {
    reserve_stock,      // Stock.Reserve
    give_back_stock,    // Stock.Release, or Stock.Return where the goods had left
    commit_stock,       // Stock.Commit
    authorise_payment,  // the provider, then Payment.*
    capture_payment,
    undo_payment,  // void, or refund what was captured; nothing where nothing was authorised
    confirm_order,
    reject_order,
    cancel_order,
    complete_order,
    prepare_delivery,
    cancel_delivery,  // no delivery, or one that has come back, needs no cancelling
};

// Whether the act needs the payment provider: a call to the outside, of which the intent must be durable first.
constexpr bool is_payment(Act act) {
    return act == Act::authorise_payment || act == Act::capture_payment || act == Act::undo_payment;
}

enum class Kind : std::uint8_t {
    compensatable,  // refused: the saga turns and undoes
    pivot,          // refused: the same; once done there is no way back but a trigger that turns the saga
    retriable,      // forward only: a refusal is nothing that the saga can answer, an operator must look
};

// The `attempts`th unknown answer, or one that comes after the step's deadline, is followed by one query at
// the provider; a query without an answer parks the saga. Neither while the provider is being spared (DecisionContext).
struct RetryPolicy {
    std::uint32_t attempts = 8;
    std::chrono::milliseconds base{200};
    std::chrono::milliseconds most{10'000};
};

struct Step {
    std::string_view name;
    Act forward;
    std::optional<Act> compensation;
    Kind kind = Kind::retriable;
    bool per_item = false;   // one command per product of the order, in the order's own order
    std::string_view after;  // the event that the step waits for; empty: it waits for nothing
    std::chrono::milliseconds deadline{60'000};
    RetryPolicy retry{};
};

struct Definition {
    std::string_view name;
    std::uint32_t version = 1;
    std::string_view starts;  // the event that starts an instance
    std::string_view stops;   // the event after which nothing more is begun; empty: none
    std::string_view turns;   // the event after which a live or completed instance is undone; empty: none
    std::span<const Step> steps;
    std::span<const Step> closing;  // carried out when everything has been undone after a refusal
};

// The definition that a journal names; nullptr where this program does not know it.
const Definition* find_definition(std::string_view name, std::uint32_t version);

// Time and chance, brought by whoever calls a pure function.
struct DecisionContext {
    Timestamp now;
    std::uint64_t chance = 0;  // 64 fresh random bits
    // Until then the payment provider was being spared (circuit_breaker.hpp): what it did not answer meanwhile is no
    // reason to give up, and deadlines count from there.
    std::optional<Timestamp> spared_until{};
};

// When to try again after the given attempt: exponential backoff with full jitter.
Timestamp retry_at(const RetryPolicy& policy, std::uint32_t attempt, const DecisionContext& moment);

}  // namespace sillok::saga
