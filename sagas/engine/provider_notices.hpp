// Takes the payment provider's notices (webhooks). A notice that is the response a saga waits for settles its command,
// also if the saga is parked because no response came. Every other notice is recorded as ignored.
//
// Atomicity: the result, the decisions that follow from it and the receipt are one commit.
// Threads:   one at a time.
// Errors:    as SagaExecutor.
#pragma once

#include "eventstore/event_store.hpp"
#include "sagas/engine/journal_writer.hpp"
#include "sagas/engine/process_manager.hpp"
#include "sagas/engine/provider_calls.hpp"
#include "sagas/engine/saga_executor.hpp"
#include "sagas/engine/saga_instances.hpp"
#include "sagas/engine/saga_notice.hpp"
#include "sagas/engine/step_loop.hpp"
#include "sagas/engine/wait_states.hpp"

#include <expected>
#include <optional>
#include <span>

namespace sillok::saga {

class ProviderNotices {
   public:
    // REQUIRES: everything referred to outlives it.
    ProviderNotices(const EventStore& store, std::span<const Manager> managers, Instances& instances,
                    ProviderCalls& provider, JournalWriter& writer, WaitStates& waits, StepLoop& steps,
                    SagaExecutor& executor)
        : store_(store),
          managers_(managers),
          instances_(instances),
          provider_(provider),
          writer_(writer),
          waits_(waits),
          steps_(steps),
          executor_(executor) {}

    // When this returns the commit is proposed, but perhaps not durable.
    std::expected<SagaNoticed, NoticeError> process(const SagaNotice& notice, const NoticeReceipt& receipt);

   private:
    using Result = std::expected<SagaNoticed, NoticeError>;

    Result process_readable(const SagaNotice& notice, const NoticeReceipt& receipt);
    std::optional<ProviderRequest> request_answered_by(Instance& instance, const ProviderOperation& operation);
    void settle(Instance& instance, const ProviderRequest& request, const ProviderOperation& operation);
    Written write(Instance& instance, SagaNoticed& noticed, const SagaNotice& notice, const NoticeReceipt& receipt);

    const EventStore& store_;
    const std::span<const Manager> managers_;
    Instances& instances_;
    ProviderCalls& provider_;
    JournalWriter& writer_;
    WaitStates& waits_;
    StepLoop& steps_;
    SagaExecutor& executor_;
};

}  // namespace sillok::saga
