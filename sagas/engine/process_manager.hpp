// What a saga is: events start it and move it on, its journal says where it stands, and pure functions say what
// follows. The runtime (saga_runtime.hpp) does the rest: it writes, carries out, waits.
#pragma once

#include "eventstore/event.hpp"
#include "sagas/engine/definition.hpp"
#include "sagas/engine/saga_state.hpp"

#include <concepts>
#include <optional>
#include <span>
#include <string_view>
#include <utility>

namespace sillok::saga {

template <class P>
concept ProcessManager = requires(const Recorded& recorded, const State& state, State moved, const Event& event,
                                  const Trigger& trigger, const Answer& answer, const DecisionContext& moment) {
    { P::definition() } -> std::same_as<const Definition&>;                         // its newest version
    { P::instance(recorded) } -> std::same_as<std::optional<OrderId>>;              // whose trigger it is, if it is one
    { P::react(state, trigger) } -> std::same_as<std::optional<Event>>;             // what to record of it
    { P::next(state, moment) } -> std::same_as<std::optional<Event>>;               // what follows now
    { P::resume(state) } -> std::same_as<std::optional<Intent>>;                    // what is still owed
    { P::settle(state, answer, moment) } -> std::same_as<event::CommandCompleted>;  // what came of it
    { P::evolve(std::move(moved), event) } -> std::same_as<State>;                  // total
};

// A process manager as a value, so that one runtime can drive them all.
struct Manager {
    const Definition* definition;
    std::optional<OrderId> (*instance)(const Recorded&);
    std::optional<Event> (*react)(const State&, const Trigger&);
    std::optional<Event> (*next)(const State&, const DecisionContext&);
    std::optional<Intent> (*resume)(const State&);
    event::CommandCompleted (*settle)(const State&, const Answer&, const DecisionContext&);
    State (*evolve)(State, const Event&);
    std::string_view actor;  // who its events say did it
};

template <ProcessManager P>
Manager manager(std::string_view actor) {
    return {&P::definition(), &P::instance, &P::react, &P::next, &P::resume, &P::settle, &P::evolve, actor};
}

// All of them, in the order in which they hear of an event.
std::span<const Manager> managers();
// The manager of a journal, by its stream's name; nullptr for any other stream.
const Manager* manager_of(std::string_view stream, std::span<const Manager> among = managers());

}  // namespace sillok::saga
