// What a saga is: events start it and move it on, its journal says where it stands, and three pure functions
// say what follows. The runtime (saga_runtime.hpp) does the rest: it writes, carries out, waits.
#pragma once

#include "eventstore/event.hpp"
#include "sagas/definition.hpp"
#include "sagas/saga_state.hpp"

#include <concepts>
#include <optional>
#include <utility>

namespace sillok::saga {

template <class P>
concept ProcessManager = requires(const Recorded& recorded, const State& state, State moved, const Event& event,
                                  const Trigger& trigger, const Answer& answer, const Moment& moment) {
    { P::definition() } -> std::same_as<const Definition&>;                // its newest version
    { P::instance(recorded) } -> std::same_as<std::optional<OrderId>>;     // whose trigger it is, if it is one
    { P::react(state, trigger) } -> std::same_as<std::optional<Event>>;    // what to record of it
    { P::next(state, moment) } -> std::same_as<std::optional<Event>>;      // what follows now
    { P::resume(state) } -> std::same_as<std::optional<Intent>>;           // what is still owed
    { P::settle(state, answer, moment) } -> std::same_as<event::Settled>;  // what came of it
    { P::evolve(std::move(moved), event) } -> std::same_as<State>;         // total
};

}  // namespace sillok::saga
