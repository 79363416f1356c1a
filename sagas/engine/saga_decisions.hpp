// The decisions of a saga: which events it acts on, what it does next, how an outcome is recorded, when it expires.
//
// Pure: time and randomness are arguments (decision_context.hpp). The same state gives the same action, before and
// after a crash. interventions.hpp has the decisions of operators.
#pragma once

#include "eventstore/position.hpp"
#include "sagas/engine/decision_context.hpp"
#include "sagas/engine/saga_state.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

namespace sillok::saga {

// An event of another stream that concerns a saga.
struct Trigger {
    Position position;
    std::string_view type;
    OrderId order;
    std::optional<OrderDetails> details{};  // with the event that starts the saga
    std::optional<Timestamp> expires_at{};  // the same
    // With an event in Definition::turns: whether the order is completed. With one in `resumes`: whether it goes on.
    bool order_stands = false;
};

// Returns the time at which an instance that starts now expires, `within` instead of the definition's own time if
// given; nothing if the definition has no expiry.
std::optional<Timestamp> expiry_of(const Definition& definition, Timestamp started,
                                   std::optional<std::chrono::milliseconds> within);

// Returns the event to record: Started, TriggerReceived, Reopened or Ignored. Returns nothing if the trigger is
// recorded already (the log is read again), or if it is another saga's event and no instance waits for it.
std::optional<Event> react(const Definition& definition, const State& state, const Trigger& trigger);

// A command to carry out.
struct Intent {
    Act act = Act::reserve_stock;
    std::uint32_t item = 0;  // index into OrderDetails::items, for acts on stock
    Uuid command_id;
    std::uint32_t attempt = 1;
    bool query = false;  // ask for the outcome of the earlier attempts
    friend bool operator==(const Intent&, const Intent&) = default;
};

namespace action {
struct Record {  // add the event to the journal, evolve, advance again
    Event event;
    friend bool operator==(const Record&, const Record&) = default;
};
struct Execute {  // give the command to our own aggregate, record its outcome, advance again
    Intent intent;
    friend bool operator==(const Execute&, const Execute&) = default;
};
struct Call {  // call the payment provider once the intent is durable; record its outcome, advance again
    Intent intent;
    friend bool operator==(const Call&, const Call&) = default;
};
struct WaitUntil {  // advance again at this time: the next attempt is due then
    Timestamp time;
    friend bool operator==(const WaitUntil&, const WaitUntil&) = default;
};
struct Wait {  // for a trigger, an operator, or the expiry
    friend bool operator==(const Wait&, const Wait&) = default;
};
}  // namespace action
using Action = std::variant<action::Wait, action::Record, action::Execute, action::Call, action::WaitUntil>;

// Returns what follows from the state. Execute, Call and WaitUntil are returned until the outcome is recorded: the
// caller remembers what it has begun.
Action advance(const State& state, const DecisionContext& context);

// The code of a call that the provider never received, and never will carry out.
inline constexpr std::string_view payment_unavailable = "payment-unavailable";

// The result of a command.
struct StepResult {
    Outcome outcome = Outcome::done;
    std::string code{};                        // of a refusal: stable
    std::string detail{};                      // for people
    std::chrono::milliseconds retry_after{0};  // of an unknown outcome: the provider wants no attempt before
    friend bool operator==(const StepResult&, const StepResult&) = default;
};

// Returns the event that records the pending intent's result. REQUIRES: state.pending().
event::CommandCompleted settle(const State& state, const StepResult& result, const DecisionContext& context);

// Returns the pending intent, also while it waits for its next attempt; nothing if there is none or the saga is parked.
std::optional<Intent> resume(const State& state);

// Whether this attempt is the pending one and has had no response yet.
bool awaits(const State& state, const Uuid& command_id, std::uint32_t attempt);

// Whether the saga is parked because the provider answered neither command nor query. A late notice can answer it.
bool is_parked_without_response(const State& state);
// As resume(), and the pending intent of a saga for which is_parked_without_response() holds.
std::optional<Intent> answerable_intent(const State& state);

// Returns the time at which the saga expires; nothing if it does not, or if it may have passed its pivot.
std::optional<Timestamp> expires_at(const State& state);
bool is_expired(const State& state, Timestamp now);

}  // namespace sillok::saga
