// Applies what an operator does to a saga.
//
// Atomicity: the action, the decisions that follow from it and the receipt are one commit.
// Threads:   one at a time.
// Errors:    as SagaExecutor.
#pragma once

#include "sagas/engine/journal_writer.hpp"
#include "sagas/engine/process_manager.hpp"
#include "sagas/engine/provider_calls.hpp"
#include "sagas/engine/saga_executor.hpp"
#include "sagas/engine/saga_instances.hpp"
#include "sagas/engine/saga_intervention.hpp"
#include "sagas/engine/step_loop.hpp"
#include "sagas/engine/wait_states.hpp"

#include <expected>
#include <span>

namespace sillok::saga {

class OperatorActions {
   public:
    // REQUIRES: everything referred to outlives it.
    OperatorActions(std::span<const Manager> managers, Instances& instances, OwnCommands& own, ProviderCalls& provider,
                    JournalWriter& writer, WaitStates& waits, StepLoop& steps, SagaExecutor& executor)
        : managers_(managers),
          instances_(instances),
          own_(own),
          provider_(provider),
          writer_(writer),
          waits_(waits),
          steps_(steps),
          executor_(executor) {}

    // When this returns the commit is proposed, but perhaps not durable.
    std::expected<SagaIntervened, InterventionError> process(const SagaIntervention& intervention);

   private:
    std::expected<SagaIntervened, InterventionError> apply(Instance& instance, const SagaIntervention& intervention,
                                                           Written& written);

    const std::span<const Manager> managers_;
    Instances& instances_;
    OwnCommands& own_;
    ProviderCalls& provider_;
    JournalWriter& writer_;
    WaitStates& waits_;
    StepLoop& steps_;
    SagaExecutor& executor_;
};

}  // namespace sillok::saga
