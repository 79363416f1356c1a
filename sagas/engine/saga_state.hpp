// Where one saga instance stands, told by its journal alone, and what follows from that.
//
// A saga does one thing at a time: it writes what it intends, has it carried out, writes what came of it.
// So at most one intent is open, and everything that a crash can leave owed is that one.
// Pure: time and chance are arguments (DecisionContext).
#pragma once

#include "aggregates/saga_events.hpp"
#include "sagas/engine/definition.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::saga {

// Which step, and which product where the step has one command per product.
struct Place {
    std::uint32_t step = 0;
    std::uint32_t item = 0;
    friend auto operator<=>(const Place&, const Place&) = default;
};

enum class Course : std::uint8_t {
    absent,   // nothing has started it
    forward,  // doing its steps
    undoing,  // compensating them, the last intended first
    closing,  // all undone: the closing step
    ended,
};

// An intent without a final outcome.
struct Open {
    Place place;
    Direction direction = Direction::forward;
    Uuid command_id;
    std::uint32_t attempt = 1;
    bool query = false;
    Timestamp deadline;
    Timestamp retry_at;  // 0: under way; otherwise nobody answered, and it is tried again at that time
    friend bool operator==(const Open&, const Open&) = default;
};

// What an order is about, as far as a saga needs to know.
struct OrderDetails {
    CustomerId customer;
    std::string address;
    Money amount;
    std::vector<Item> items;
    friend bool operator==(const OrderDetails&, const OrderDetails&) = default;
};

struct State {
    const Definition* definition = nullptr;
    OrderId order;
    OrderDetails facts;
    Uuid instance;  // the namespace of its command ids
    std::uint32_t generation = 1;

    Position last_trigger;    // triggers up to here are recorded
    std::uint32_t heard = 0;  // which of the events that it listens to it has heard, a bit each

    Course course = Course::absent;
    Timestamp pivot_by;  // from then on, the pivot not being passed, the saga turns; 0: it has all the time

    Place forward;  // the next thing to do, among the steps or, when closing, among the closing steps
    Place undo;     // everything before this place is still to be undone
    // Of a saga whose time has run out: the same of what only the payment provider can undo, after all the rest.
    std::optional<Place> undo_payments;
    std::optional<Open> open;

    bool refused = false;  // the last outcome was a refusal that nothing has answered yet
    std::string refusal;   // its code
    std::string reason;    // why it was refused, turned or ended
    std::string detail;
    std::uint32_t undone = 0;  // compensations carried out

    bool parked = false;
    Ending ending = Ending::completed;  // once it has ended

    friend bool operator==(const State&, const State&) = default;
};

// An event from outside, as a saga sees it.
struct Trigger {
    Position position;
    std::string_view type;
    OrderId order;
    std::optional<OrderDetails> facts;  // with the event that starts the saga
    Timestamp pivot_by{};               // the same
};

// What is to be carried out, under which id.
struct Intent {
    Act act = Act::reserve_stock;
    std::uint32_t item = 0;  // of OrderDetails::items, for acts on stock
    Uuid command_id;
    std::uint32_t attempt = 1;
    bool query = false;    // ask what came of the earlier attempts
    Timestamp not_before;  // 0: now; otherwise a further attempt is due then
    friend bool operator==(const Intent&, const Intent&) = default;
};

// What came of carrying it out.
struct Answer {
    Outcome outcome = Outcome::done;
    std::string code;    // of a refusal: stable
    std::string detail;  // for people
    friend bool operator==(const Answer&, const Answer&) = default;
};

// What an operator asks for.
struct Intervention {
    OperatorAction verb = OperatorAction::annotate;
    std::string step;  // at which the operator believes the saga to stand; empty: wherever it stands
    std::string reason;
    std::string result;  // of a step to be skipped
};
enum class InterventionRefused : std::uint8_t {
    unknown,         // there is no such saga
    ended,           // it has ended: nothing but a note can be added
    under_way,       // it does not stand still: what it does now may still go well
    no_such_step,    // its definition has none of that name
    another_step,    // it stands at another one
    at_no_step,      // it stands at none: nothing to be tried again or skipped
    past_the_pivot,  // it can only go forward; the order can be cancelled
    no_result,       // a step is not skipped without saying what it has come to
    unreadable,      // this program cannot read its journal
};

// The reason of a saga that turned because its time had run out. What it has reserved is given back first, and the
// payment provider is not waited for; within these two parts the order is strict. Nothing of it can still happen: a
// payment whose outcome nobody knows is given up (payments.hpp) before it counts as undone.
constexpr std::string_view reservation_expired = "reservation-expired";

// A refusal with this code means that the order is being cancelled: another saga takes over.
constexpr std::string_view cancellation_requested = "cancellation-requested";

// Total: an event that does not fit changes nothing.
State evolve(State state, const Event& event);

// What to record of a trigger: Started, TriggerReceived, Reopened or Ignored. Nothing where the trigger is at or before
// the last recorded one (the log is being read again), nor of another saga's event while there is no instance
// that could be meant.
std::optional<Event> react(const Definition& definition, const State& state, const Trigger& trigger);

// Whether its time has run out before its pivot. A pivot that was intended may have been passed: that is seen first.
bool is_expired(const State& state, Timestamp now);
// It may still run out.
bool can_expire(const State& state);

// The event that follows now: CommandScheduled, CompensationStarted, Parked or Ended. Nothing while an intent is under
// way, while the saga waits for an event or a time, and once it has ended or is parked. Call again after evolving.
std::optional<Event> next(const State& state, const DecisionContext& moment);

// What is still owed: the open intent. The same before and after a crash, under the same command id.
std::optional<Intent> resume(const State& state);

// What to record of an answer to the open intent.
// REQUIRES: state.open.
event::CommandCompleted settle(const State& state, const Answer& answer, const DecisionContext& moment);

// What to record of an operator's intervention; next() then says how it goes on.
std::expected<event::Intervened, InterventionRefused> intervene(const State& state, const Intervention& intervention,
                                                                const DecisionContext& moment);

// "saga-fulfilment-o1", the journal's stream, which is also the instance's name.
std::string stream_of(const Definition& definition, const OrderId& order);
// UUIDv8 beside the saga instance, of (saga instance, step, direction, generation, product where there is one).
Uuid command_id_of(const State& state, Place place, Direction direction);
// The stream that the command goes to.
std::string target_of(const State& state, Act act, std::uint32_t item);

// The products of an order, each once, in the order's own order.
std::vector<Item> summed(const std::vector<Item>& lines);

}  // namespace sillok::saga
