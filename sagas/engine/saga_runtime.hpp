// Runs the sagas (saga_driver.hpp) in a thread: follows the log, calls the payment provider, watches the time.
//
// Crash:   what is owed is told by the log alone; a checkpoint in `directory` only says from where to read. Lost,
//          damaged or from another log: the log is read from its beginning.
// Memory:  a bounded number of states, of calls in flight and of calls that wait. When more than
//          `calls_waiting_max` sagas stand in line before the provider no event is read, so everything else that
//          sagas do falls behind, too, until it answers again. Orders are taken all the same.
// Threads: one of its own; any thread may call any member, start() and stop() once each.
// Errors:  a saga that cannot be read or fails in an unexpected way is parked and logged, the others go on.
//          When the log accepts nothing any more, the runtime halts and running() says so.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/watermark.hpp"
#include "sagas/engine/saga_driver.hpp"
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
    std::filesystem::path directory{};  // for the checkpoint; made where it is missing
    SagaDriverOptions driver{};
    std::chrono::milliseconds checkpoint_interval{2'000};
    std::chrono::milliseconds drain_timeout{
        3'000};  // how long stop() waits for calls in flight; the log remembers the rest
};

struct SagaCounts {
    std::uint64_t live = 0;         // started and not ended; most of them wait for a delivery
    std::uint64_t outstanding = 0;  // something is owed: an intent under way, an attempt due later
    std::uint64_t parked = 0;       // waiting for an operator
};

class SagaRuntime {
   public:
    // REQUIRES: everything referred to outlives the runtime.
    SagaRuntime(EventStore& store, SagaTargets targets, Payments& payments, const Clock& clock, SagaOptions options);
    ~SagaRuntime();  // stops
    SagaRuntime(const SagaRuntime&) = delete;
    SagaRuntime& operator=(const SagaRuntime&) = delete;

    void start();
    // Begins nothing new, waits a little for the calls in flight, writes the checkpoint. Idempotent.
    void stop();

    // While paused nothing is read, begun or retried; orders are still taken, and caught up with later.
    void pause();
    void resume();
    [[nodiscard]] bool paused() const;

    // What an operator does to a saga, durable when this returns; the saga goes on by itself. Works while paused,
    // too. REQUIRES: the runtime was started, and is not stopped before this returns.
    asio::awaitable<std::expected<SagaIntervened, InterventionError>> intervene(SagaIntervention intervention);
    // What the payment provider tells of its own accord (SagaDriver::notice), durable when this returns; the saga goes
    // on by itself. The receipt is made in the runtime's thread. REQUIRES: as intervene().
    asio::awaitable<std::expected<SagaNoticed, NoticeError>> notice(SagaNotice notice, NoticeReceipt receipt);

    // False before start(), after stop(), and once the log has failed.
    [[nodiscard]] bool running() const;
    // The last event of the log that has been seen, and reacted to where it was a trigger.
    [[nodiscard]] Watermark<Position>& position();
    [[nodiscard]] SagaCounts counts() const;

    // The payment provider's circuit breaker, as it stands now, and the operator's hand on it.
    [[nodiscard]] BreakerSnapshot payments_breaker() const;
    void set_payments_breaker(BreakerMode mode);

   private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace sillok
