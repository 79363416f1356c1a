// The journal of one saga instance: the events of a stream saga-{name}-{orderId}.
// They stand here because read models show them; who decides them is in sagas/.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/values.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/base/uuid.hpp"
#include "eventstore/position.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace sillok::saga {

enum class Direction : std::uint8_t { forward, compensate };
enum class Outcome : std::uint8_t {
    done,
    refused,  // by a business rule: nothing happened
    unknown,  // no answer: it may have happened
};
enum class Ending : std::uint8_t {
    completed,    // every step done
    compensated,  // everything undone again, in reverse
    stopped,      // another saga has taken over (a cancellation)
    refused,      // the saga could not reach its aim and nothing had to be undone
};
enum class OperatorAction : std::uint8_t {  // what an operator can do to a saga
    retry,                                  // the step again; after a refusal as a new command
    skip,                                   // the step is taken to be done, with the result that the operator gives
    compensate,                             // undo what was done, and close
    resume,                                 // go on where it stands
    annotate,                               // leave a note
};
std::string_view text(Direction direction);
std::string_view text(Outcome outcome);
std::string_view text(Ending ending);
std::string_view text(OperatorAction verb);

struct Item {  // stored: one product of an order, its lines summed
    ProductId product;
    Quantity quantity;
    friend bool operator==(const Item&, const Item&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("productId", self.product);
        visit("quantity", self.quantity);
    }
};

namespace event {  // stored
struct StartedV1 {
    static constexpr EventName name{"saga.started", 1};
    std::string definition;  // "fulfilment"
    std::uint32_t definition_version = 1;
    OrderId order;
    CustomerId customer;
    std::string address;
    Money amount;
    std::vector<Item> items;
    Position trigger;
    friend bool operator==(const StartedV1&, const StartedV1&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("definition", self.definition);
        visit("definitionVersion", self.definition_version);
        visit("orderId", self.order);
        visit("customerId", self.customer);
        visit("address", self.address);
        visit("amount", self.amount);
        visit("items", self.items);
        visit("trigger", self.trigger);
    }
};
struct Started {
    static constexpr EventName name{"saga.started", 2};
    using Before = StartedV1;
    static Started upcast(StartedV1 before);
    std::string definition;  // "fulfilment"
    std::uint32_t definition_version = 1;
    OrderId order;
    CustomerId customer;
    std::string address;
    Money amount;
    std::vector<Item> items;
    Position trigger;    // the event that started it
    Timestamp pivot_by;  // what it has reserved by then without having passed its pivot is given back; 0: never
    friend bool operator==(const Started&, const Started&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("definition", self.definition);
        visit("definitionVersion", self.definition_version);
        visit("orderId", self.order);
        visit("customerId", self.customer);
        visit("address", self.address);
        visit("amount", self.amount);
        visit("items", self.items);
        visit("trigger", self.trigger);
        visit("pivotBy", self.pivot_by);
    }
};
struct TriggerReceived {  // an event from outside that moves the saga on
    static constexpr EventName name{"saga.heard", 1};
    Position trigger;
    std::string type;
    friend bool operator==(const TriggerReceived&, const TriggerReceived&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("trigger", self.trigger);
        visit("type", self.type);
    }
};
struct Reopened {  // an event from outside that a completed saga still has to answer: the goods came back
    static constexpr EventName name{"saga.reopened", 1};
    Position trigger;
    std::string type;
    friend bool operator==(const Reopened&, const Reopened&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("trigger", self.trigger);
        visit("type", self.type);
    }
};
struct Ignored {  // late, repeated or unexpected: kept for the record
    static constexpr EventName name{"saga.ignored", 1};
    Position trigger;
    std::string type;
    std::string why;
    friend bool operator==(const Ignored&, const Ignored&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("trigger", self.trigger);
        visit("type", self.type);
        visit("why", self.why);
    }
};
struct CommandScheduled {  // written before a command is sent; a retry is a further CommandScheduled with the same
                           // command id
    static constexpr EventName name{"saga.intended", 1};
    std::string step;  // "reserve", "authorise", "confirm" ...
    Direction direction = Direction::forward;
    Uuid command_id;
    std::string target;  // the stream that the command goes to
    std::uint32_t attempt = 1;
    std::uint32_t generation = 1;
    bool query = false;  // asks what came of the earlier attempts instead of sending the command again
    Timestamp deadline;
    friend bool operator==(const CommandScheduled&, const CommandScheduled&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("step", self.step);
        visit("direction", self.direction);
        visit("commandId", self.command_id);
        visit("target", self.target);
        visit("attempt", self.attempt);
        visit("generation", self.generation);
        visit("query", self.query);
        visit("deadline", self.deadline);
    }
};
struct CommandCompleted {  // what came of an intent
    static constexpr EventName name{"saga.settled", 1};
    Uuid command_id;
    std::string step;
    Direction direction = Direction::forward;
    Outcome outcome = Outcome::done;
    std::string code;    // of a refusal: "insufficient-stock", "payment-declined"
    std::string detail;  // for people
    Timestamp retry_at;  // of an unknown outcome: when it is asked again; 0 otherwise
    friend bool operator==(const CommandCompleted&, const CommandCompleted&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("commandId", self.command_id);
        visit("step", self.step);
        visit("direction", self.direction);
        visit("outcome", self.outcome);
        visit("code", self.code);
        visit("detail", self.detail);
        visit("retryAt", self.retry_at);
    }
};
// An intent, its command to one of our own aggregates, and what came of it, all in one commit: the command's events
// stand behind it in the log. It means what CommandScheduled and CommandCompleted mean, one after the other.
struct CommandExecuted {
    static constexpr EventName name{"saga.performed", 1};
    std::string step;
    Direction direction = Direction::forward;
    Uuid command_id;
    std::string target;  // the stream that the command went to
    std::uint32_t attempt = 1;
    std::uint32_t generation = 1;
    Outcome outcome = Outcome::done;  // never unknown
    std::string code;                 // of a refusal
    std::string detail;               // for people
    friend bool operator==(const CommandExecuted&, const CommandExecuted&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("step", self.step);
        visit("direction", self.direction);
        visit("commandId", self.command_id);
        visit("target", self.target);
        visit("attempt", self.attempt);
        visit("generation", self.generation);
        visit("outcome", self.outcome);
        visit("code", self.code);
        visit("detail", self.detail);
    }
};
CommandScheduled intended(const CommandExecuted& performed);  // its deadline is 0: it needed none
CommandCompleted settled(const CommandExecuted& performed);
struct CompensationStarted {  // from here on the saga undoes what it did
    static constexpr EventName name{"saga.turned", 1};
    std::string reason;
    std::string detail;
    friend bool operator==(const CompensationStarted&, const CompensationStarted&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("reason", self.reason);
        visit("detail", self.detail);
    }
};
struct Parked {  // it waits for an operator
    static constexpr EventName name{"saga.parked", 1};
    std::string step;
    std::string reason;
    friend bool operator==(const Parked&, const Parked&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("step", self.step);
        visit("reason", self.reason);
    }
};
struct Ended {
    static constexpr EventName name{"saga.ended", 1};
    Ending ending = Ending::completed;
    std::string reason;
    friend bool operator==(const Ended&, const Ended&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("ending", self.ending);
        visit("reason", self.reason);
    }
};
struct Intervened {  // by an operator: the event's actor
    static constexpr EventName name{"saga.intervened", 1};
    OperatorAction verb = OperatorAction::annotate;
    std::string step;  // at which the saga stood; empty: it stood at none
    std::string reason;
    std::string result;  // of a skipped step
    Timestamp deadline;  // of a step that is tried again; 0 otherwise
    friend bool operator==(const Intervened&, const Intervened&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("verb", self.verb);
        visit("step", self.step);
        visit("reason", self.reason);
        visit("result", self.result);
        visit("deadline", self.deadline);
    }
};
}  // namespace event

using Event = std::variant<event::Started, event::TriggerReceived, event::Reopened, event::Ignored,
                           event::CommandScheduled, event::CommandCompleted, event::CompensationStarted, event::Parked,
                           event::Ended, event::Intervened, event::CommandExecuted>;

// Two events that follow each other, in one commit, as one; nothing where they are not an intent and its final outcome.
std::optional<event::CommandExecuted> performed(const Event& intended, const Event& settled);

}  // namespace sillok::saga
