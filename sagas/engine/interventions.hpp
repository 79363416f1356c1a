// The rules for operators: which action a saga's state allows.
// Pure. evolve() (saga_state.hpp) applies the recorded action, and advance() says what follows from it.
#pragma once

#include "sagas/engine/decision_context.hpp"
#include "sagas/engine/saga_state.hpp"

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sillok::saga {

struct Intervention {
    OperatorAction verb = OperatorAction::annotate;
    std::string step;  // the current step, as the operator believes; empty: any
    std::string reason;
    std::string result;  // of a step to be skipped
};

// The result of a skipped capture for which the payment is written off.
inline constexpr std::string_view written_off = "written-off";

// Whether this skips a capture because its payment is written off, which is to be recorded with it.
bool is_write_off(const State& state, const Intervention& intervention);

enum class InterventionRefused : std::uint8_t {
    unknown,         // there is no such saga
    ended,           // it has ended: only notes can be added
    under_way,       // it is running: its current command may still succeed
    no_such_step,    // its definition has no step of this name
    another_step,    // its current step is another one
    at_no_step,      // it has no current step to retry or skip
    past_the_pivot,  // it can only go forward, and the order cannot be cancelled any more
    not_refused,     // nothing to write off: no capture of it was refused, or one is open
    no_result,       // a step cannot be skipped without a result
    unreadable,      // this program cannot read its journal
};

// Returns the event to record, or why the action is refused. Past its pivot a saga is not compensated itself
// (can_compensate() is false): the caller has the order cancelled, which stops the saga.
std::expected<event::Intervened, InterventionRefused> intervene(const State& state, const Intervention& intervention,
                                                                const DecisionContext& context);

}  // namespace sillok::saga
