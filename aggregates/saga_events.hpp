// The events in a saga's journal: the stream saga-{name}-{orderId}.
// They are in aggregates/ because read models show them. The code that decides them is in sagas/.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/values.hpp"
#include "eventstore/base/timestamp.hpp"
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
    compensated,  // everything undone
    stopped,      // another saga has taken over (a cancellation)
    refused,      // the saga could not reach its aim, and nothing had to be undone
};
enum class OperatorAction : std::uint8_t {
    retry,       // run the step again; after a refusal as a new command
    skip,        // count the step as done, with the result that the operator gives
    compensate,  // undo the steps that were done, and close
    resume,      // continue at the current step
    annotate,    // add a note
};
std::string_view text(Direction direction);
std::string_view text(Outcome outcome);
std::string_view text(Ending ending);
std::string_view text(OperatorAction verb);

// Events store these reasons as text. Only reasons that a saga's rules depend on have a value of their own.
enum class CompensationReason : std::uint8_t {
    refusal,              // of a step: the text is the refusal's code
    reservation_expired,  // the saga has not passed its pivot in time
    delivery_returned,
    delivery_arrived,  // goods that were called back: what the saga was about to undo stands
    operator_decided,
};
enum class RefusalReason : std::uint8_t {
    business_rule,           // the text is the rule's code
    cancellation_requested,  // the order is being cancelled: another saga takes over
};
// Empty for `refusal` and `business_rule`: their texts vary.
std::string_view text(CompensationReason reason);
std::string_view text(RefusalReason reason);
// A text without a value of its own is a refusal by a business rule.
CompensationReason compensation_reason(std::string_view stored);
RefusalReason refusal_reason(std::string_view stored);

// A stored time of 0 means that there is none.
constexpr std::optional<Timestamp> time_if_any(Timestamp stored) {
    return stored.value == 0 ? std::nullopt : std::optional{stored};
}

constexpr bool is_journal_event(std::string_view type) { return type.starts_with("saga."); }

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
    Timestamp pivot_by;  // the saga is compensated if it has not passed its pivot by then; 0: it does not expire
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
struct TriggerReceived {  // an event of another stream that the saga acts on
    static constexpr EventName name{"saga.heard", 1};
    Position trigger;
    std::string type;
    friend bool operator==(const TriggerReceived&, const TriggerReceived&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("trigger", self.trigger);
        visit("type", self.type);
    }
};
struct Reopened {  // an event that a completed saga still has to act on: the goods came back
    static constexpr EventName name{"saga.reopened", 1};
    Position trigger;
    std::string type;
    friend bool operator==(const Reopened&, const Reopened&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("trigger", self.trigger);
        visit("type", self.type);
    }
};
struct Ignored {  // an event or a response that came late, twice or unexpectedly
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
// Recorded before the command is sent. A retry is a further CommandScheduled with the same command id.
struct CommandScheduled {
    static constexpr EventName name{"saga.intended", 1};
    std::string step;  // "reserve", "authorise", "confirm" ...
    Direction direction = Direction::forward;
    Uuid command_id;
    std::string target;  // the stream that the command goes to
    std::uint32_t attempt = 1;
    std::uint32_t generation = 1;
    bool query = false;  // ask for the outcome of the earlier attempts instead of sending the command again
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
struct CommandCompleted {  // the outcome of a CommandScheduled
    static constexpr EventName name{"saga.settled", 1};
    Uuid command_id;
    std::string step;
    Direction direction = Direction::forward;
    Outcome outcome = Outcome::done;
    std::string code;    // of a refusal: "insufficient-stock", "payment-declined"
    std::string detail;  // for people
    Timestamp retry_at;  // of an unknown outcome: the time of the next attempt; 0 otherwise
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
// CommandScheduled and CommandCompleted as one event, for a command to one of our own aggregates in the same commit.
// The command's events follow it in the log.
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
CommandScheduled scheduled(const CommandExecuted& executed);  // its deadline is 0: it needed none
CommandCompleted completed(const CommandExecuted& executed);
struct CompensationStartedV1 {
    static constexpr EventName name{"saga.turned", 1};
    std::string reason;
    std::string detail;
    friend bool operator==(const CompensationStartedV1&, const CompensationStartedV1&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("reason", self.reason);
        visit("detail", self.detail);
    }
};
struct CompensationStarted {  // the saga undoes its steps from here on
    static constexpr EventName name{"saga.turned", 2};
    using Before = CompensationStartedV1;
    static CompensationStarted upcast(CompensationStartedV1 before);
    std::string reason;
    std::string detail;
    std::uint32_t definition_version = 0;  // whose rules undo the steps; 0: of the definition that has started the saga
    friend bool operator==(const CompensationStarted&, const CompensationStarted&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("reason", self.reason);
        visit("detail", self.detail);
        visit("definitionVersion", self.definition_version);
    }
};
struct Parked {  // the saga waits for an operator
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
    std::string step;  // the saga's current step; empty: it had none
    std::string reason;
    std::string result;  // of a skipped step
    Timestamp deadline;  // of a retried step; 0 otherwise
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

// Returns the two events as one; nothing if they are not a scheduled command and its final outcome.
// REQUIRES: they follow each other in one commit.
std::optional<event::CommandExecuted> executed(const Event& scheduled, const Event& completed);

}  // namespace sillok::saga
