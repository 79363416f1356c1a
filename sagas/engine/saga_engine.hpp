// Drives all sagas. The owner passes in events, responses and the time, and makes the calls to the payment provider
// that the engine hands out. The engine has no thread and no timer and waits for nothing but the log, so it runs in a
// server (saga_runtime.hpp) and in simulated time.
//
// Parts:    Reactions says what an input means for one saga; StepLoop carries out what follows; SagaExecutor repeats,
//           or parks the saga; JournalWriter makes one commit of it. WaitStates, Timers and ProviderGate keep the sagas
//           that wait.
// Crash:    the log tells what is unfinished (pending_work.hpp). A new engine continues that.
// Provider: while the circuit breaker is open sagas queue, and their journals do not grow. Neither attempts nor
//           deadlines count.
// Threads:  one at a time. Any thread may call breaker() and set_breaker().
// Errors:   a saga that cannot be read, or fails, is parked and logged; the others go on. LogUnavailable or another
//           StorageError when the log accepts or returns nothing any more: then the engine is of no more use.
#pragma once

#include "eventstore/event_store.hpp"
#include "sagas/engine/journal_writer.hpp"
#include "sagas/engine/operator_actions.hpp"
#include "sagas/engine/own_commands.hpp"
#include "sagas/engine/pending_items.hpp"
#include "sagas/engine/pending_work.hpp"
#include "sagas/engine/process_manager.hpp"
#include "sagas/engine/provider_call.hpp"
#include "sagas/engine/provider_calls.hpp"
#include "sagas/engine/provider_gate.hpp"
#include "sagas/engine/provider_notices.hpp"
#include "sagas/engine/reactions.hpp"
#include "sagas/engine/saga_executor.hpp"
#include "sagas/engine/saga_instances.hpp"
#include "sagas/engine/saga_targets.hpp"
#include "sagas/engine/step_loop.hpp"
#include "sagas/engine/timers.hpp"
#include "sagas/engine/wait_states.hpp"

#include <chrono>
#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sillok {

struct SagaEngineOptions {
    std::size_t states_max = 10'000;         // instances kept in memory
    std::size_t calls_max = 256;             // bulkhead: calls to the payment provider in flight
    std::size_t calls_waiting_max = 50'000;  // no events are accepted while more sagas queue for the provider
    BreakerOptions breaker{};                // of the payment provider
    std::size_t commit_aggregates_max = 64;  // aggregates with events in one commit of a saga; at least 1
    // Time to the pivot, after which an instance expires; instead of the time that its definition sets.
    std::optional<std::chrono::milliseconds> reserve_for{};
    saga::RefundInTransit refund_in_transit = saga::RefundInTransit::on_return;
    std::span<const saga::Manager> managers{};  // all sagas, in the order in which an event is offered to them
};

class SagaEngine {
   public:
    // Continues after the events that `known` has applied. `make_call` must not call the engine.
    // REQUIRES: everything referred to outlives the engine.
    SagaEngine(EventStore& store, SagaTargets targets, const Clock& clock, SagaEngineOptions options,
               saga::PendingWork known, MakeCall make_call);

    // ---- catching up: apply() while is_behind(), then resume() each of pending(), then on_events()
    [[nodiscard]] bool is_behind() const { return known_.position < caught_up_at_; }
    void apply(const EventBatch& batch);
    [[nodiscard]] std::vector<saga::PendingItem> pending();
    void resume(const saga::PendingItem& item);

    // ---- inputs
    void on_events(const EventBatch& batch);
    void on_timers_due();
    // Informs the circuit breaker. Call it as soon as the call has ended.
    void report(const ProviderCall& call, const ProviderResponse& response, std::chrono::milliseconds took);
    void on_provider_response(const ProviderCall& call, const ProviderResponse& response);
    // When these two return the commit is proposed. Call follow_up() once it is durable.
    std::expected<SagaNoticed, NoticeError> on_provider_notice(const SagaNotice& notice, const NoticeReceipt& receipt);
    std::expected<SagaIntervened, InterventionError> on_operator_action(const SagaIntervention& intervention);
    // Lets the saga go on at the next on_timers_due().
    void follow_up(const std::string& stream);
    // Makes no further calls.
    void close() { steps_.close(); }

    // ---- state
    // Returns when on_timers_due() has to be called next. The gate's queue has to be polled: a zero time means now.
    [[nodiscard]] std::optional<Timestamp> next_timer() const;
    [[nodiscard]] bool accepts_events() const { return gate_.size() < options_.calls_waiting_max; }
    [[nodiscard]] const saga::PendingWork& known() const { return known_; }
    [[nodiscard]] BreakerSnapshot breaker() const { return gate_.snapshot(); }
    void set_breaker(BreakerMode mode) { gate_.set_mode(mode); }

   private:
    void settle_parked();
    void settle(const std::string& stream);
    bool is_parked_before_trigger(const std::string& stream);
    void resume_saga(const std::string& stream);
    void go_on_after(const Recorded& decision);
    bool is_parked_at(const std::string& journal, std::string_view stream);
    void pass_over(const std::string& stream, const Recorded& skipped);
    void offer(const std::string& stream, const Recorded& recorded, const OrderId& order);

    EventStore& store_;
    const Clock& clock_;
    const SagaEngineOptions options_;
    saga::PendingWork known_;
    Position caught_up_at_;  // the last journal event at the start. No later trigger has been answered
    saga::Instances instances_;
    saga::JournalWriter writer_;
    saga::OwnCommands own_;
    saga::ProviderCalls provider_;
    saga::ProviderGate gate_;
    saga::Timers timers_;
    saga::WaitStates waits_;
    saga::StepLoop steps_;
    saga::Reactions reactions_;
    saga::SagaExecutor executor_;
    saga::ProviderNotices notices_;
    saga::OperatorActions operators_;
};

}  // namespace sillok
