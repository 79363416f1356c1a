// Carries out what a saga's decisions ask for, step by step, until the saga has to wait.
//
//   advance(state) says    the step loop
//   Record                 adds the event to the journal
//   Execute                gives the command to our own aggregate, and records the result
//   Call                   prepares the request, and hands it to the owner; or queues the saga at the provider gate
//   WaitUntil              sets the retry timer
//   Wait                   stops
//
// Order:   own commands share a commit with the journal events that tell of them. A commit may end between any two
//          steps. Before a call everything is written.
// Threads: one at a time.
// Errors:  as OwnCommands, ProviderCalls and JournalWriter.
#pragma once

#include "eventstore/base/clock.hpp"
#include "sagas/engine/journal_writer.hpp"
#include "sagas/engine/own_commands.hpp"
#include "sagas/engine/provider_call.hpp"
#include "sagas/engine/provider_calls.hpp"
#include "sagas/engine/provider_gate.hpp"
#include "sagas/engine/saga_decisions.hpp"
#include "sagas/engine/saga_instances.hpp"
#include "sagas/engine/timers.hpp"
#include "sagas/engine/wait_states.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

namespace sillok::saga {

// How many commands may share a commit.
enum class CommitMode : std::uint8_t {
    together,    // as many as the options allow
    one_by_one,  // everything before a command is written first. Used after a failure, to keep what succeeded
};

class StepLoop {
   public:
    // `aggregates_max`: aggregates with events in one commit; at least 1. `make_call` must not call the engine.
    // REQUIRES: everything referred to outlives the loop.
    StepLoop(const Clock& clock, std::size_t aggregates_max, OwnCommands& own, ProviderCalls& provider,
             JournalWriter& writer, ProviderGate& gate, Timers& timers, WaitStates& waits, MakeCall make_call);

    // Goes on until the saga waits; then everything is written, and its expiry timer is set.
    Written advance(Instance& instance, CommitMode mode);
    // Records the result of the pending command.
    void settle(Instance& instance, const StepResult& result);
    // Records the events that follow from the state, and carries nothing out.
    void record_decisions(Instance& instance);
    // What one decision needs beside the state. Uses up a random number.
    DecisionContext context();
    // Makes no further calls.
    void close() { closed_ = true; }

   private:
    enum class Progress : bool { waits, settled };
    using Begun = std::expected<Progress, WriteError>;

    Written take_steps(Instance& instance, CommitMode mode);
    Begun begin(Instance& instance, const Action& action, CommitMode mode);
    Written make_room(Instance& instance, const Intent& intent, CommitMode mode);
    Begun call(Instance& instance, const Intent& intent);
    std::optional<StepResult> result_without_call(const State& state, bool may_call);
    void set_expiry_timer(Instance& instance);

    const Clock& clock_;
    const std::size_t aggregates_max_;
    OwnCommands& own_;
    ProviderCalls& provider_;
    JournalWriter& writer_;
    ProviderGate& gate_;
    Timers& timers_;
    WaitStates& waits_;
    const MakeCall make_call_;
    bool closed_ = false;
};

}  // namespace sillok::saga
