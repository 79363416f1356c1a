// A process manager: a saga's definition, and the events that concern it. The engine does the rest.
//
// The state and the decisions are the same for all sagas: saga_state.hpp, saga_decisions.hpp.
#pragma once

#include "eventstore/event.hpp"
#include "sagas/engine/definition.hpp"
#include "sagas/engine/saga_decisions.hpp"
#include "sagas/engine/saga_state.hpp"

#include <concepts>
#include <optional>
#include <span>
#include <string_view>

namespace sillok::saga {

template <class P>
concept ProcessManager = requires(const Recorded& recorded, const State& state, const Trigger& trigger) {
    { P::definition() } -> std::same_as<const Definition&>;              // its newest version
    { P::instance(recorded) } -> std::same_as<std::optional<OrderId>>;   // the instance that the event concerns
    { P::react(state, trigger) } -> std::same_as<std::optional<Event>>;  // the event to record of a trigger
};

// A process manager as a value, so that one engine can drive them all.
struct Manager {
    const Definition* definition;
    std::optional<OrderId> (*instance)(const Recorded&);
    std::optional<Event> (*react)(const State&, const Trigger&);
    std::string_view actor;  // in its events' metadata
    // The engine's rules. The simulation replaces them by rules with a deliberate bug.
    Action (*advance)(const State&, const DecisionContext&) = &saga::advance;
    event::CommandCompleted (*settle)(const State&, const StepResult&, const DecisionContext&) = &saga::settle;
};

template <ProcessManager P>
Manager manager(std::string_view actor) {
    return {.definition = &P::definition(), .instance = &P::instance, .react = &P::react, .actor = actor};
}

// Returns the manager of the journal with this stream name; nullptr for any other stream.
const Manager* manager_of(std::string_view stream, std::span<const Manager> managers);

}  // namespace sillok::saga
