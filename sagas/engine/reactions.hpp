// How one saga reacts to what happens: an event of another stream, its timers, the response to a call.
//
// Threads: one at a time.
// Errors:  as StepLoop.
#pragma once

#include "eventstore/event.hpp"
#include "sagas/engine/step_loop.hpp"

#include <chrono>
#include <optional>

namespace sillok::saga {

class Reactions {
   public:
    // `reserve_for`: instead of the time after which the definition lets a saga expire.
    // REQUIRES: everything referred to outlives it.
    Reactions(OwnCommands& own, ProviderCalls& provider, JournalWriter& writer, const ProviderGate& gate,
              WaitStates& waits, StepLoop& steps, std::optional<std::chrono::milliseconds> reserve_for)
        : own_(own),
          provider_(provider),
          writer_(writer),
          gate_(gate),
          waits_(waits),
          steps_(steps),
          reserve_for_(reserve_for) {}

    Written on_event(Instance& instance, const Recorded& recorded, const OrderId& order, CommitMode mode);
    // A trigger that an operator has skipped is recorded as ignored. A saga that it would have started is parked no
    // longer.
    Written on_skipped(Instance& instance, const Recorded& skipped);
    Written on_expiry(Instance& instance, Timestamp now, CommitMode mode);
    // The retry is recorded when the call can be made; until then the saga queues at the gate. REQUIRES: it is idle.
    Written on_retry_due(Instance& instance, CommitMode mode);
    // The program has been started again: a saga that was parked because of an event that could not be read tries its
    // step again. Does what advancing does if it was parked for another reason, or is not parked.
    Written on_start(Instance& instance, CommitMode mode);
    // A response that the saga does not wait for any more is recorded as ignored.
    Written on_response(Instance& instance, const ProviderCall& call, const ProviderResponse& response,
                        CommitMode mode);

   private:
    OwnCommands& own_;
    ProviderCalls& provider_;
    JournalWriter& writer_;
    const ProviderGate& gate_;
    WaitStates& waits_;
    StepLoop& steps_;
    const std::optional<std::chrono::milliseconds> reserve_for_;
};

}  // namespace sillok::saga
