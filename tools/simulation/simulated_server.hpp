// The backend in simulated time: the real log, aggregates, sagas and projections, without a thread. A server crashes
// and starts many times; its disks survive.
//
// Time:   the server makes its clock of the wall clock when it starts, as the program does. A write takes milliseconds.
//         Events reach the sagas and the read models later, each at its own random time.
// Crash:  when the disk fails, or by crash(). Memory is lost, no request is answered, and the server starts again after
//         a random time. When the disk is full it refuses every command until the next start.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/subscription.hpp"
#include "sagas/engine/saga_engine.hpp"
#include "tools/simulation/faults.hpp"
#include "tools/simulation/provider_across_network.hpp"
#include "tools/simulation/scheduler.hpp"
#include "tools/simulation/simulated_disk.hpp"
#include "tools/simulation/simulated_read_models.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::simulation {

inline constexpr std::string_view unreadable_event = "future.happened";

class SimulatedServer {
   public:
    // The response to a client, given once.
    enum class Reply : std::uint8_t {
        accepted,     // and durable
        refused,      // by a business rule
        unavailable,  // the server says that it cannot
        none,         // no response: the command may have been executed
    };
    using Hear = std::function<void(Reply)>;

    // REQUIRES: everything passed by reference outlives the server. `rates` may change while it runs.
    SimulatedServer(const FaultRates& rates, Scheduler& scheduler, SimulatedClock& wall, Rng& rng,
                    ProviderAcrossNetwork& provider, InjectedBug injected_bug, std::span<const saga::Manager> managers);
    ~SimulatedServer();

    void start();
    void crash();
    [[nodiscard]] bool is_up() const { return life_ != nullptr; }
    // Returns whether the disk has failed, so that the server must be restarted.
    [[nodiscard]] bool has_failed() const;

    template <Decider D>
    void give(const typename D::Id& id, const typename D::Command& command, const Uuid& command_id, Hear hear);
    // An operator applies the action to every parked saga.
    void intervene_in_parked(saga::OperatorAction verb);

    // The provider reports an operation that it has posted.
    void notice(const ProviderOperation& operation);

    void pause_sagas(bool paused);
    // A newer program, running for a moment, has added an event to the stream. Nothing while the server is down.
    void add_unreadable_event(const std::string& stream);

    // Every event that is there has been taken, and nothing waits for the disk.
    [[nodiscard]] bool is_at_rest() const;
    // REQUIRES: is_up() of these.
    [[nodiscard]] const EventStore& store() const;
    // When an event was written, in time that nobody can set. REQUIRES: it is in the log.
    [[nodiscard]] Microseconds written_at(Position position) const { return written_at_[position.value - 1]; }
    [[nodiscard]] const saga::PendingWork& sagas() const;
    [[nodiscard]] std::vector<std::string> differing_rows();

    [[nodiscard]] std::uint64_t crashes() const { return crashes_; }
    [[nodiscard]] std::uint64_t disk_failures() const { return disk_->failures(); }

   private:
    struct Life;

    // Does something for this life later, if it still lasts then.
    void later(Microseconds wait, std::function<void(Life&)> work);
    void step(Life& life, const std::function<void()>& work);
    void arm(Life& life);
    void write(Life& life);
    void note_written();
    void answer_those_who_wait(Life& life);
    void feed_sagas(Life& life);
    void feed_read_models(Life& life);
    void call_provider(const ProviderCall& call);
    void respond(Life& life, const ProviderCall& call, const ProviderResponse& said);
    void when_durable(Life& life, Position position, std::function<void(Life&)> work);

    const FaultRates& rates_;
    Scheduler& scheduler_;
    SimulatedClock& wall_;
    Rng& rng_;
    ProviderAcrossNetwork& provider_;
    const InjectedBug injected_bug_;
    const std::span<const saga::Manager> managers_;
    const std::optional<std::chrono::seconds> reserve_for_;
    const std::size_t commit_aggregates_max_;

    // On disk.
    std::shared_ptr<SimulatedDisk> disk_;
    saga::PendingWork saga_checkpoint_;

    std::vector<Microseconds> written_at_;  // of position p at p - 1, in simulated time

    std::uint64_t lives_ = 0;
    std::uint64_t crashes_ = 0;
    bool sagas_paused_ = false;
    bool has_unreadable_event_ = false;
    std::unique_ptr<Life> life_;
    SimulatedReadModels read_models_;  // they read the life's log
};

}  // namespace sillok::simulation
