// Drives every saga: follows the log, writes what a saga intends, has it carried out, writes what came of it.
//
// Order:   an intent is proposed before its command, and the log makes durable in the order of proposals. So
//          between an intent, a command to our own aggregates and its outcome nobody waits for the disk. Only
//          before a call to the payment provider must the intent be durable.
// Crash:   what is owed is told by the log alone (outstanding.hpp); a checkpoint in `directory` only says
//          from where to read. Lost, damaged or from another log: the log is read from its beginning.
// Memory:  a bounded number of states, of calls in flight and of calls that wait; beyond that it reads on later.
// Provider: behind a bulkhead (`calls_max` calls in flight, the others wait in line) and a circuit breaker. While that
//          is open the line stands still and journals stay as they are: no attempt is used up, no deadline passes.
//          Orders are taken all the same. When more than `calls_waiting_max` sagas stand in line no event is read,
//          so everything else that sagas do falls behind, too, until the provider answers again.
// Threads: one of its own; any thread may call any member, start() and stop() once each.
// Errors:  a saga that cannot be read or fails in an unexpected way is parked and logged, the others go on.
//          When the log accepts nothing any more, the runtime halts and running() says so.
#pragma once

#include "aggregates/command_processor.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/watermark.hpp"
#include "sagas/circuit_breaker.hpp"
#include "sagas/payments.hpp"
#include "sagas/saga_state.hpp"
#include "sagas/saga_targets.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>

namespace sillok {

struct SagaOptions {
    std::filesystem::path directory{};       // for the checkpoint; made where it is missing
    std::size_t states_max = 10'000;         // instances kept in memory while nothing of theirs is under way
    std::size_t calls_max = 256;             // calls to the payment provider in flight: its bulkhead
    std::size_t calls_waiting_max = 50'000;  // beyond it no further event is read
    std::chrono::milliseconds checkpoint_ms{2'000};
    std::chrono::milliseconds drain_ms{3'000};  // how long stop() waits for calls in flight; the log remembers the rest
    BreakerOptions breaker{};                   // of the payment provider
};

struct SagaCounts {
    std::uint64_t live = 0;         // started and not ended; most of them wait for a delivery
    std::uint64_t outstanding = 0;  // something is owed: an intent under way, an attempt due later
    std::uint64_t parked = 0;       // waiting for an operator
};

// An operator's request, and how it is to stand in the log.
struct SagaIntervention {
    std::string stream;  // "saga-fulfilment-o1"
    saga::Intervention what;
    Metadata metadata;                  // who, when, under which command id
    std::optional<Version> if_match{};  // only while the journal is at this version
    // Makes the receipt to be kept with the command id; none: nothing is kept.
    std::function<std::string(const saga::event::Intervened&, Version)> receipt{};
};
struct SagaIntervened {
    saga::event::Intervened event;
    Version version;  // of the journal, with what followed at once
    Position position;
};
// Refused, or the log takes nothing any more.
using InterventionError = std::variant<saga::NotAllowed, PreconditionFailed, errc>;

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

    // False before start(), after stop(), and once the log has failed.
    [[nodiscard]] bool running() const;
    // The last event of the log that has been seen, and reacted to where it was a trigger.
    [[nodiscard]] Watermark& position();
    [[nodiscard]] SagaCounts counts() const;

    // The payment provider's circuit breaker, as it stands now, and the operator's hand on it.
    [[nodiscard]] BreakerSnapshot payments_breaker() const;
    void set_payments_breaker(BreakerMode mode);

   private:
    class Loop;
    std::unique_ptr<Loop> loop_;
};

}  // namespace sillok
