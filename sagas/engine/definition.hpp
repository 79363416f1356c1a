// A saga as data: its steps in order, how each is undone, how often and how long it is tried, when it expires.
//
// Stored: a journal names its definition by name and version. A changed definition is a new version. Keep every
// version that a live instance may still have, as the new version's `previous`.
#pragma once

#include "aggregates/saga_events.hpp"
#include "sagas/engine/backoff.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sillok::saga {

// A command to one of our aggregates or to the payment provider. Each may be repeated under the same command id.
// An effect that is there already counts as done.
enum class Act : std::uint8_t {
    reserve_stock,      // Stock.Reserve
    give_back_stock,    // Stock.Release, or Stock.Return if the goods had left
    commit_stock,       // Stock.Commit
    authorise_payment,  // the provider, then Payment.*
    capture_payment,
    undo_payment,  // void, or refund if captured; nothing to do if nothing was authorised
    confirm_order,
    reject_order,
    cancel_order,
    refuse_cancellation,  // Order.RefuseCancellation: the goods have arrived
    complete_order,
    return_order,  // Order.Return
    prepare_delivery,
    look_for_payment,  // changes nothing; refused if the goods are with the customer, and their money, too
    look_for_return,   // changes nothing; the outcome's code says whether the goods have come back
    cancel_delivery,   // done if there is no delivery, or if it has come back; one on its way is called back
};

// Acts that call the payment provider. Their intent must be durable before the call.
constexpr bool is_payment(Act act) {
    return act == Act::authorise_payment || act == Act::capture_payment || act == Act::undo_payment;
}

enum class StepKind : std::uint8_t {
    compensatable,  // a refusal starts compensation
    pivot,          // the same; once it is done, only an event in `Definition::turns` starts compensation
    retriable,      // forward only: the saga cannot answer a refusal, so it is parked for an operator
};

// Steps that depend on where the goods are. The step that cancels the delivery finds out whether they are on their way,
// and a later one whether they have come back.
enum class OnlyIf : std::uint8_t {
    always,
    recalled,         // the goods are on their way and were called back
    paid_back_early,  // the same, and the money goes back before they are here
    returned,         // the goods were delivered and have come back
};

// Codes of outcomes: of Act::cancel_delivery when the goods were on their way, and of Act::look_for_return. Stored.
inline constexpr std::string_view recalled_code = "goods-recalled";
inline constexpr std::string_view recalled_and_paid_back_code = "goods-recalled-refund-now";
inline constexpr std::string_view returned_code = "goods-returned";
// Of a refused Act::look_for_payment. Stored.
inline constexpr std::string_view delivered_and_refunded_code = "delivered-after-refund";

struct Step {
    std::string_view name;  // unique in its definition
    Act forward;
    std::optional<Act> compensation{};
    StepKind kind = StepKind::retriable;
    bool per_item = false;     // one command per product, in the order of the order's lines
    std::string_view after{};  // the event that the step waits for; empty: none
    // As `after`, if the goods were called back. If `unless` comes before it, the saga is compensated instead.
    std::string_view after_recall{};
    std::string_view unless{};
    std::chrono::milliseconds deadline{60'000};
    RetryPolicy retry{};
    OnlyIf only_if = OnlyIf::always;
};

enum class UndoOrder : std::uint8_t {
    reverse,            // the last step first
    own_then_provider,  // our own aggregates first, then the payment provider; each in reverse order
};

// A saga that has not passed its pivot in time is compensated.
struct Expiry {
    std::chrono::milliseconds within;  // since the event that started it
    CompensationReason reason;
    UndoOrder undo = UndoOrder::reverse;
};

// The most steps that a definition may have.
inline constexpr std::size_t steps_max = 16;

struct Definition {
    std::string_view name;
    std::uint32_t version = 1;
    std::string_view starts;   // the event that starts an instance
    std::string_view stops{};  // after this event no further step begins; empty: none
    std::string_view turns{};  // after this event a live or completed instance is compensated; empty: none
    // After this event a stopped instance goes on: all that its steps wait for has happened. Empty: none.
    std::string_view resumes{};
    std::span<const Step> steps;
    std::span<const Step> closing{};       // carried out after compensation, if a refusal or expiry started it
    std::span<const Step> turn_closing{};  // the same, if an event in `turns` started it
    UndoOrder turn_undo = UndoOrder::reverse;
    UndoOrder undo = UndoOrder::reverse;  // if a refusal or an operator started it
    std::optional<Expiry> expires{};
    const Definition* previous = nullptr;  // the version before, if instances of it may live
};

constexpr bool fits(const Definition& definition) {
    return definition.steps.size() <= steps_max && definition.closing.size() <= steps_max &&
           definition.turn_closing.size() <= steps_max;
}

// Returns `newest` or the previous version that has this name and number; nullptr if this program has none.
const Definition* find_version(const Definition& newest, std::string_view name, std::uint32_t version);

// Returns the act of the step or closing step with this name, in this version or else in one before; nothing if there
// is none, or if it has no compensation.
std::optional<Act> act_of(const Definition& definition, std::string_view step, Direction direction);

bool has_step(const Definition& definition, std::string_view name);
bool has_compensations(const Definition& definition);
// The index of the pivot step; the number of steps if there is none.
std::size_t pivot_of(const Definition& definition);
// Whether a step waits for an event in another saga's journal. Such a saga is offered the event that starts it, and
// others only while it lives.
bool listens_to_sagas(const Definition& definition);

}  // namespace sillok::saga
