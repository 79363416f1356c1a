// Runs the saga engine (saga_engine.hpp) in a thread: follows the log, calls the payment provider, keeps the timer.
//
// Crash:   the log tells what is unfinished. The checkpoint in `directory` only says from where to read. Without a
//          valid one the log is read from its beginning.
// Memory:  bounded: states, calls in flight, queued calls. While more than `calls_waiting_max` sagas queue for the
//          provider no event is read, so all sagas fall behind until it answers again. Orders are still accepted.
// Threads: one of its own. Any thread may call any member; start() and stop() once each.
// Errors:  a saga that cannot be read, or fails, is parked and logged; the others go on. When the log accepts nothing
//          any more the runtime halts: running() is false.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/watermark.hpp"
#include "sagas/engine/saga_engine.hpp"
#include "sagas/engine/saga_intervention.hpp"
#include "sagas/engine/saga_targets.hpp"
#include "sagas/payments/payments.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>

namespace sillok {

struct SagaOptions {
    std::filesystem::path directory{};  // of the checkpoint; made if it is missing
    SagaEngineOptions engine{};
    std::chrono::milliseconds checkpoint_interval{2'000};
    // How long stop() waits for calls in flight. The next start makes the others again.
    std::chrono::milliseconds drain_timeout{3'000};
};

struct SagaCounts {
    std::uint64_t live = 0;         // started and not ended; most of them wait for a delivery
    std::uint64_t outstanding = 0;  // triggers without an answer and pending intents
    std::uint64_t parked = 0;       // they need an operator
};

class SagaRuntime {
   public:
    // REQUIRES: everything referred to outlives the runtime.
    SagaRuntime(EventStore& store, SagaTargets targets, Payments& payments, const Clock& clock,
                const SagaOptions& options);
    ~SagaRuntime();  // stops
    SagaRuntime(const SagaRuntime&) = delete;
    SagaRuntime& operator=(const SagaRuntime&) = delete;

    void start();
    // Begins nothing new, waits up to `drain_timeout` for calls in flight, saves the checkpoint. Idempotent.
    void stop();

    // While paused nothing is read, begun or retried. Orders are still accepted; resume() catches up.
    void pause();
    void resume();
    [[nodiscard]] bool paused() const;

    // Completes when the operator's action is durable; then the saga goes on. Works while paused.
    // REQUIRES: the runtime was started, and is not stopped before this returns.
    asio::awaitable<std::expected<SagaIntervened, InterventionError>> intervene(SagaIntervention intervention);
    // Completes when the provider's notice is durable; then the saga goes on. The receipt is made in the runtime's
    // thread. REQUIRES: as intervene().
    asio::awaitable<std::expected<SagaNoticed, NoticeError>> notice(SagaNotice notice, NoticeReceipt receipt);

    // False before start(), after stop(), and once the log has failed.
    [[nodiscard]] bool running() const;
    // The position of the last event that the sagas have processed.
    [[nodiscard]] Watermark<Position>& position();
    [[nodiscard]] SagaCounts counts() const;

    // The payment provider's circuit breaker.
    [[nodiscard]] BreakerSnapshot payments_breaker() const;
    void set_payments_breaker(BreakerMode mode);

   private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace sillok
