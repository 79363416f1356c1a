// Every saga instance: its steps, their attempts and outcomes, and what it waits for.
#pragma once

#include "aggregates/saga_events.hpp"
#include "projections/engine/projection.hpp"
#include "projections/views/timeline.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

struct SagaMonitor {  // satisfies concept Projection; its key is "{definition}-{orderId}"
    enum class State : std::uint8_t { running, compensating, parked, completed, compensated, stopped, refused };

    struct Step {  // stored: one command of the saga, forward or compensating, with all its attempts
        std::string step;
        saga::Direction direction = saga::Direction::forward;
        Uuid command_id;
        std::string target;  // the stream that the command goes to
        std::uint32_t attempts = 0;
        std::uint32_t generation = 1;
        bool query = false;                    // the last attempt only asks for the outcome of the earlier ones
        std::optional<saga::Outcome> outcome;  // of the last attempt; none while it is awaited
        std::string code;                      // of a refusal
        std::string detail;
        Timestamp intended_at;
        Timestamp settled_at;  // 0 while awaited
        Timestamp deadline;    // of the last attempt
        Timestamp retry_at;    // 0: no retry

        friend bool operator==(const Step&, const Step&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("step", self.step);
            visit("direction", self.direction);
            visit("commandId", self.command_id);
            visit("target", self.target);
            visit("attempts", self.attempts);
            visit("generation", self.generation);
            visit("query", self.query);
            visit("outcome", self.outcome);
            visit("code", self.code);
            visit("detail", self.detail);
            visit("intendedAt", self.intended_at);
            visit("settledAt", self.settled_at);
            visit("deadline", self.deadline);
            visit("retryAt", self.retry_at);
        }
    };

    struct Intervention {  // stored: what an operator did
        saga::OperatorAction verb = saga::OperatorAction::annotate;
        std::string step;
        std::string actor;
        std::string reason;
        std::string result;
        Timestamp time;

        friend bool operator==(const Intervention&, const Intervention&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("verb", self.verb);
            visit("step", self.step);
            visit("actor", self.actor);
            visit("reason", self.reason);
            visit("result", self.result);
            visit("time", self.time);
        }
    };

    struct Row {           // stored
        std::string saga;  // "{definition}-{orderId}": the stream's name after "saga-"
        std::string definition;
        std::uint32_t definition_version = 0;
        OrderId order;
        CustomerId customer;
        State state = State::running;
        bool turned = false;        // it compensates
        std::string reason;         // why it compensates, or has ended
        std::string parked_step;    // while parked: which step
        std::string parked_reason;  // while parked: why it waits for an operator
        std::vector<Step> steps;    // in order of first intent
        std::vector<Intervention> interventions;
        Timestamp next_deadline;    // the earliest of the awaited steps; 0: nothing is awaited
        Timestamp retry_at;         // the earliest; 0: no retry
        std::uint32_t ignored = 0;  // late, repeated or unexpected messages
        Version version;            // of the saga's stream: the ETag
        Position started;
        Timestamp started_at;
        Timestamp updated_at;

        friend bool operator==(const Row&, const Row&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("saga", self.saga);
            visit("definition", self.definition);
            visit("definitionVersion", self.definition_version);
            visit("orderId", self.order);
            visit("customerId", self.customer);
            visit("state", self.state);
            visit("turned", self.turned);
            visit("reason", self.reason);
            visit("parkedStep", self.parked_step);
            visit("parkedReason", self.parked_reason);
            visit("steps", self.steps);
            visit("interventions", self.interventions);
            visit("nextDeadline", self.next_deadline);
            visit("retryAt", self.retry_at);
            visit("ignored", self.ignored);
            visit("version", self.version);
            visit("started", self.started);
            visit("startedAt", self.started_at);
            visit("updatedAt", self.updated_at);
        }
    };

    static constexpr std::string_view name = "saga_monitor";
    static constexpr std::uint32_t version = 3;
    static std::optional<std::string> key(const Recorded& event);
    static std::optional<Row> project(std::optional<Row> row, const Recorded& event);
    static std::vector<IndexEntry> indexes(const Row& row);
    static std::vector<std::string> streams(std::string_view key);

    static Selection all();                           // newest first
    static Selection in_state(State state);           // newest first
    static Selection of_order(const OrderId& order);  // oldest first: fulfilment, then its cancellation
};

// "running", "compensating" ... as in JSON, and back.
std::string_view text(SagaMonitor::State state);
std::optional<SagaMonitor::State> parse_saga_state(std::string_view word);

}  // namespace sillok
