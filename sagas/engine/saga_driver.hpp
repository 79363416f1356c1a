// Drives every saga: reacts to events, writes what a saga intends, has it carried out, writes what came of it. It has
// no thread, no timer and waits for nothing: whoever owns it hands it events, answers and the passing of time, and is
// handed the calls that are to be made to the payment provider. So the same driver runs in a server (saga_runtime.hpp)
// and in simulated time.
//
// Order:   what a saga intends of one of our own aggregates, that one's events and the outcome are one commit
//          (unit_of_work.hpp): there is nothing between them that a crash could separate. Steps that follow each other
//          share a commit, for that is cheaper; nothing relies on it, and a commit may end between any two of them.
//          Before a call to the payment provider the intent must be durable: that is the caller's part.
// Crash:   what is owed is told by the log alone (pending_work.hpp): a new driver, caught up with the log, goes on.
// Provider: behind a bulkhead and a circuit breaker (provider_gate.hpp). While that is open the line stands still and
//          journals stay as they are: no attempt is used up, no deadline passes.
// Threads: one at a time, but breaker() and set_breaker(), which any thread may call.
// Errors:  a saga that cannot be read or fails in an unexpected way is parked and logged, the others go on.
//          LogUnavailable or StorageError when the log takes or gives nothing any more: the driver is of no use then.
#pragma once

#include "aggregates/unit_of_work.hpp"
#include "eventstore/event_store.hpp"
#include "sagas/all_sagas.hpp"
#include "sagas/engine/errands.hpp"
#include "sagas/engine/pending_work.hpp"
#include "sagas/engine/process_manager.hpp"
#include "sagas/engine/provider_gate.hpp"
#include "sagas/engine/saga_instances.hpp"
#include "sagas/engine/saga_intervention.hpp"
#include "sagas/engine/saga_notice.hpp"
#include "sagas/engine/saga_targets.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

struct SagaDriverOptions {
    std::size_t states_max = 10'000;         // instances kept in memory
    std::size_t calls_max = 256;             // calls to the payment provider in flight: its bulkhead
    std::size_t calls_waiting_max = 50'000;  // beyond it there is no room for further events
    BreakerOptions breaker{};                // of the payment provider
    std::size_t commit_aggregates_max = 64;  // so many aggregates' events at most in one commit of a saga; 1 or more
    std::optional<std::chrono::milliseconds> reserve_for{};  // instead of the definition's own Expiry::within
    std::span<const saga::Manager> managers = saga::all_sagas();
};

// A call that is to be made to the payment provider once the log is durable up to `intended`.
struct ProviderCall {
    std::string stream;  // the journal
    Uuid command_id;     // of the intent
    std::uint32_t attempt = 0;
    saga::PaymentErrand errand;
    Position intended;
    CircuitBreaker::Call ticket{};
};

class SagaDriver {
   public:
    using MakeCall = std::function<void(ProviderCall)>;
    // Something that the log says is still to be done: a trigger to answer, or (trigger 0) an intent to carry out.
    struct Owed {
        Position trigger;
        std::string stream;
    };

    // Goes on after what `known` has taken in. `make_call` must not call the driver.
    // REQUIRES: what is referred to outlives the driver.
    SagaDriver(EventStore& store, SagaTargets targets, const Clock& clock, SagaDriverOptions options,
               saga::PendingWork known, MakeCall make_call);

    // ---- catching up with the log: first take_in() of everything that was there at the start, then take_up() of all
    // that is owed, then take() of what comes.
    [[nodiscard]] bool is_behind() const { return known_.position < read_before_; }
    void take_in(const EventBatch& batch);
    [[nodiscard]] std::vector<Owed> owed();
    void take_up(const Owed& owed);
    void take(const EventBatch& batch);

    // ---- time: attempts that fall due, reservations that run out, the line before the provider
    void on_time();
    // When on_time() may find something to do; whoever stands in line is looked after every now and then (0: now).
    [[nodiscard]] std::optional<Timestamp> wakes_at() const;
    // There is room for what further events bring.
    [[nodiscard]] bool has_room() const { return line_.size() < options_.calls_waiting_max; }

    // ---- the payment provider
    // What the breaker is to know of a call, as soon as it is known.
    void report(const ProviderCall& call, const ProviderResponse& said, std::chrono::milliseconds took);
    // The answer. One that nobody waits for any more is recorded as ignored.
    void bring_home(const ProviderCall& call, const ProviderResponse& said);
    // What the provider tells of its own accord: an answer that a saga waits for is brought home, also to one that is
    // parked for want of it; everything else is recorded as ignored. Written when this returns, with what follows from
    // it, but not durable yet: follow_up() then does the rest.
    std::expected<SagaNoticed, NoticeError> notice(const SagaNotice& notice, const NoticeReceipt& receipt);
    // Makes no further calls.
    void close() { closed_ = true; }

    // ---- operators
    // Written when this returns, but not durable yet: then follow_up() does what comes of it.
    std::expected<SagaIntervened, InterventionError> intervene(const SagaIntervention& intervention);
    void follow_up(const std::string& stream);

    [[nodiscard]] const saga::PendingWork& known() const { return known_; }
    [[nodiscard]] BreakerSnapshot breaker() const { return line_.snapshot(); }
    void set_breaker(BreakerMode mode) { line_.set_mode(mode); }

   private:
    using Manager = saga::Manager;
    using Instance = saga::Instance;

    [[nodiscard]] Position last_journal_event(Position after) const;
    [[nodiscard]] const Manager& manager_of(std::string_view stream) const;
    Instance& find(const std::string& stream) { return instances_.find(manager_of(stream), stream); }

    // Reacting.
    void dispatch(const Manager& manager, const std::string& stream, const Recorded& recorded, const OrderId& order);
    void hear(const Manager& manager, const std::string& stream, const Recorded& recorded, const OrderId& order);
    void advance(Instance& instance);
    void go_on(Instance& instance);
    bool begin(Instance& instance, const saga::Action& action);
    void make_room(Instance& instance, const saga::Intent& intent);
    bool set_out(Instance& instance, const saga::Intent& intent);
    void watch(Instance& instance);
    void wait(const std::string& stream, Timestamp until);
    void stand_in_line(const std::string& stream);
    void stop_waiting(const std::string& stream);
    void settle(Instance& instance, const saga::StepResult& answer);

    // Writing.
    void record(Instance& instance, saga::Event event);
    void record_what_follows(Instance& instance);
    void write(Instance& instance);
    void write(Instance& instance, Commit commit);
    [[nodiscard]] static StreamAppend append_of(const Instance& instance);
    [[nodiscard]] saga::DecisionContext moment();
    [[nodiscard]] Metadata metadata(const Instance& instance) const;

    // Runs a part of the work for one saga. What goes wrong stays with that saga.
    template <class Work>
    void guarded(const std::string& stream, const Recorded* trigger, Work&& work);
    template <class Work>
    void insist(const std::string& stream, Work&& work);
    void reload(const std::string& stream);
    void park(const std::string& stream, const Recorded* trigger, const std::string& why);

    // The provider's own word.
    std::expected<SagaNoticed, NoticeError> take(const SagaNotice& notice, const NoticeReceipt& receipt);
    std::optional<saga::PaymentErrand> errand_open(Instance& instance, const ProviderOperation& told);
    SagaNoticed write_answer(Instance& instance, const saga::PaymentErrand& errand, const SagaNotice& notice,
                             const NoticeReceipt& receipt);
    SagaNoticed write_ignored(Instance& instance, std::string why, const SagaNotice& notice,
                              const NoticeReceipt& receipt);
    SagaNoticed write_noticed(Instance& instance, SagaNoticed noticed, const SagaNotice& notice,
                              const NoticeReceipt& receipt);

    std::expected<SagaIntervened, InterventionError> write_intervention(const SagaIntervention& intervention);

    EventStore& store_;
    const Clock& clock_;
    const SagaDriverOptions options_;
    const MakeCall make_call_;

    UnitOfWork work_;  // of the saga at hand: what its commands have come to and is not written yet
    saga::Errands errands_;
    saga::PendingWork known_;
    Position read_before_;  // the last event of any journal before the start: nothing later has been answered yet
    saga::Instances instances_;
    saga::ProviderGate line_;
    // Journals whose open intent waits: for an answer, for its turn in line, or for a time.
    struct Wait {
        enum class For : std::uint8_t { answer, turn, time } what;
        Timestamp until{};
    };
    saga::ByStream<Wait> under_way_;
    std::multimap<Timestamp, std::string> due_;             // when a further attempt is to be made
    std::set<std::pair<Timestamp, std::string>> expiries_;  // when those that have not passed their pivot are undone
    saga::ByStream<Timestamp> expiry_times_;                // the same by journal
    bool closed_ = false;
    bool step_by_step_ = false;  // every intent is written before it is carried out
};

}  // namespace sillok
