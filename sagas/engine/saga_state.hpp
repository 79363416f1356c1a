// The state of one saga instance, rebuilt from its journal.
//
// A saga does one thing at a time: it records an intent, has it carried out, and records the outcome. So there is at
// most one pending intent, and after a crash that intent is all there is to continue.
// Pure. saga_decisions.hpp says what follows from a state.
#pragma once

#include "aggregates/saga_events.hpp"
#include "sagas/engine/definition.hpp"
#include "sagas/engine/order_details.hpp"

#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>

namespace sillok::saga {

// A step, and a product if the step has one command per product.
struct StepRef {
    std::uint32_t step = 0;
    std::uint32_t item = 0;
    friend auto operator<=>(const StepRef&, const StepRef&) = default;
};

namespace phase {
struct NotStarted {
    friend bool operator==(const NotStarted&, const NotStarted&) = default;
};
struct Forward {
    StepRef next;
    std::optional<Timestamp> expires_at;  // if the pivot is not passed by then
    friend bool operator==(const Forward&, const Forward&) = default;
};
struct Undoing {
    StepRef before;  // every step before this one is still to be undone
    // With UndoOrder::own_then_provider: the same for payments, which are undone after everything else.
    std::optional<StepRef> payments_before{};
    std::uint32_t undone = 0;  // compensations that were carried out
    friend bool operator==(const Undoing&, const Undoing&) = default;
};
struct Closing {
    StepRef next;  // among closing_of() the state
    std::uint32_t undone = 0;
    friend bool operator==(const Closing&, const Closing&) = default;
};
struct Ended {
    Ending ending = Ending::completed;
    StepRef next;  // where a reopened saga continues
    friend bool operator==(const Ended&, const Ended&) = default;
};
}  // namespace phase
using SagaPhase = std::variant<phase::NotStarted, phase::Forward, phase::Undoing, phase::Closing, phase::Ended>;

struct AwaitingResponse {
    friend bool operator==(const AwaitingResponse&, const AwaitingResponse&) = default;
};
struct RetryAt {  // the last attempt had no response
    Timestamp time;
    friend bool operator==(const RetryAt&, const RetryAt&) = default;
};
struct RetryNow {  // an operator has asked for another attempt
    friend bool operator==(const RetryNow&, const RetryNow&) = default;
};

// What the last attempt met, if it brought no outcome. Stored: its text is the code of the event.
enum class Trouble : std::uint8_t {
    no_answer,
    provider_refused,  // it answered, but not with a decision: after a few attempts it is asked for the outcome
    provider_busy,     // "not now"
    answer_differs,    // it answered about another amount or order
    capture_refused,   // a definite no, and another call is tried
};
std::string_view text(Trouble trouble);  // empty for no_answer
Trouble trouble(std::string_view stored);

// A scheduled command without a final outcome.
struct PendingIntent {
    StepRef step;
    Direction direction = Direction::forward;
    Uuid command_id;
    std::uint32_t attempt = 1;
    bool query = false;
    Timestamp deadline;
    std::variant<AwaitingResponse, RetryAt, RetryNow> wait{};
    Trouble trouble = Trouble::no_answer;
    std::string answer{};  // what the provider said in that trouble

    [[nodiscard]] bool awaits_response() const { return std::holds_alternative<AwaitingResponse>(wait); }
    friend bool operator==(const PendingIntent&, const PendingIntent&) = default;
};

// The progress of the current step.
struct Ready {  // to be scheduled
    friend bool operator==(const Ready&, const Ready&) = default;
};
struct Refused {  // and the saga has not acted on it yet
    RefusalReason reason;
    std::string code;
    friend bool operator==(const Refused&, const Refused&) = default;
};
using Progress = std::variant<Ready, PendingIntent, Refused>;

struct State {
    // An instance that has not started. REQUIRES: the definition outlives the state.
    explicit State(const Definition& newest_version) : newest(&newest_version), definition(&newest_version) {}

    const Definition* newest;
    const Definition* definition;  // the newest version; once started, the version that the journal names
    OrderId order;
    OrderDetails details;
    Uuid instance;                 // the namespace of its command ids
    std::uint32_t generation = 1;  // a retry after a refusal starts another one: new command ids

    Position last_trigger;                     // triggers up to this position are in the journal
    std::bitset<steps_max> received_for_step;  // the event that the step waits for has been received
    std::bitset<steps_max> barred;             // the event in the step's `unless` has been received
    bool recalled = false;                     // the goods were on their way, and were called back
    bool pays_back_early = false;              // and the money goes back before they are here
    bool returned = false;                     // the goods were delivered and have come back
    bool stop_received = false;
    bool turn_received = false;

    SagaPhase phase;
    Progress progress;
    bool parked = false;
    std::string parked_reason;  // of the last time
    std::string reason;         // of the refusal, the compensation or the ending
    std::string detail;

    [[nodiscard]] const PendingIntent* pending() const { return std::get_if<PendingIntent>(&progress); }
    [[nodiscard]] const Refused* refused() const { return std::get_if<Refused>(&progress); }
    friend bool operator==(const State&, const State&) = default;
};

template <class P>
bool is_in(const State& state) {
    return std::holds_alternative<P>(state.phase);
}

// Total: an event that does not fit changes nothing.
State evolve(State state, const Event& event);

// The step whose outcome is not final, or whose refusal the saga has not acted on.
struct CurrentStep {
    StepRef step;
    Direction direction;
};
std::optional<CurrentStep> current_step(const State& state);

// Up to its pivot a saga can be compensated, if it has anything to undo.
bool can_compensate(const State& state);

// Which of the events that the definition names this one is.
struct EventRole {
    std::bitset<steps_max> steps;  // that wait for it
    std::bitset<steps_max> bars;   // that it bars: they have it in `unless`
    bool stops = false;
    bool turns = false;
    bool resumes = false;

    [[nodiscard]] bool any() const { return steps.any() || bars.any() || stops || turns || resumes; }
};
EventRole role_of(const Definition& definition, std::string_view type);

// The closing steps of a state: another list after a turn.
std::span<const Step> closing_of(const State& state);
// Whether the step is left out in this state.
bool is_left_out(const State& state, const Step& step);

// REQUIRES: the reference is one of the state's phase.
const Step& step_at(const State& state, StepRef ref);
Act act_at(const State& state, StepRef ref, Direction direction);
// Returns the compensation to carry out next. Products are released before payments are undone if the saga expired.
// A payment whose outcome is unknown is voided by its key before it counts as undone, so it cannot succeed later.
std::optional<StepRef> next_to_undo(const State& state, const phase::Undoing& undoing);

}  // namespace sillok::saga
