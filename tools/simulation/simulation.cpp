#include "tools/simulation/simulation.hpp"

#include "tools/simulation/actors.hpp"
#include "tools/simulation/injected_bugs.hpp"
#include "tools/simulation/invariants.hpp"
#include "tools/simulation/provider_across_network.hpp"
#include "tools/simulation/rng.hpp"
#include "tools/simulation/scheduler.hpp"
#include "tools/simulation/simulated_server.hpp"

#include <chrono>
#include <exception>
#include <string>

namespace sillok::simulation {
namespace {

using namespace std::chrono_literals;

// All parts of a run, in order of their dependencies.
class World {
   public:
    explicit World(const SimulationOptions& options)
        : options_(options),
          rng_(options.seed),
          rates_(options.rates),
          managers_(sagas_with_bug(options.injected_bug)),
          provider_(rates_, scheduler_, rng_, options.injected_bug),
          server_(rates_, scheduler_, clock_, rng_, provider_, options.injected_bug, managers_),
          actors_(rates_, scheduler_, rng_, server_, options.injected_bug) {
        provider_.notify([this](const ProviderOperation& operation) { server_.notice(operation); });
    }

    SimulationReport run() {
        // The span grows with the number of orders, so the load per second stays the same.
        const Microseconds span = 400ms * static_cast<std::int64_t>(options_.orders);
        server_.start();
        plan_trouble(span);
        actors_.come(options_.orders, span);
        go_on(span + 10min);
        end_trouble();
        // Retries last one day at most. Then operators retry the parked sagas.
        go_on(scheduler_.now() + 30h);
        // Two rounds: the first repeats an unanswered query, the second may send the command again.
        for (int round = 0; round < 2; ++round) {
            server_.intervene_in_parked(saga::OperatorAction::retry);
            go_on(scheduler_.now() + 30h);
        }
        return report();
    }

   private:
    void plan_trouble(Microseconds span) {
        const auto episode = [&](double rate, auto begin, auto end) {
            if (!rng_.happens(rate)) return;
            ++episodes_;
            const Microseconds at{rng_.under(span.count())};
            scheduler_.after(at, begin);
            scheduler_.after(at + Microseconds{rng_.under(Microseconds{3min}.count())}, end);
        };
        episode(
            rates_.provider_outage, [this] { provider_.set_outage(true); }, [this] { provider_.set_outage(false); });
        episode(rates_.saga_pause, [this] { server_.pause_sagas(true); }, [this] { server_.pause_sagas(false); });
        episode(
            rates_.unreadable, [this] { server_.add_unreadable_event(actors_.some_stream(options_.orders)); }, [] {});
        const Microseconds jump = std::chrono::seconds{rng_.between(-43'200, 43'200)};
        const bool for_good = rng_.happens(0.5);
        episode(
            rates_.clock_jump, [this, jump] { clock_.set_off(jump); },
            [this, jump, for_good] {
                if (!for_good) clock_.set_off(-jump);
            });
    }

    void end_trouble() {
        rates_ = no_faults;
        provider_.set_outage(false);
        server_.pause_sagas(false);
    }

    void go_on(Microseconds end) {
        while (scheduler_.step(end)) {
            if (!server_.has_failed() || restarting_) continue;
            // An operator frees disk space and restarts the server.
            restarting_ = true;
            scheduler_.after(Microseconds{rng_.between(1'000'000, 30'000'000)}, [this] {
                restarting_ = false;
                if (server_.has_failed()) server_.crash();
            });
        }
    }

    SimulationReport report() {
        SimulationReport report{.seed = options_.seed};
        report.orders = actors_.orders_placed();
        report.crashes = server_.crashes();
        report.faults = provider_.faults() + server_.disk_failures() + episodes_;
        if (!server_.is_up()) {
            report.violations.emplace_back("the backend does not start again");
            return report;
        }
        report.events = server_.store().head().value;
        report.log_hash = hex(server_.store().storage().head().chain_hash);
        if (options_.read_log) each_event(server_.store(), options_.read_log);
        report.parked = server_.sagas().parked.size();
        report.violations = invariant_violations(server_, provider_.ledger(), actors_);
        return report;
    }

    const SimulationOptions options_;
    Rng rng_;
    FaultRates rates_;
    const std::vector<saga::Manager> managers_;
    Scheduler scheduler_;
    SimulatedClock clock_{scheduler_, rng_};
    ProviderAcrossNetwork provider_;
    SimulatedServer server_;
    Actors actors_;
    std::uint64_t episodes_ = 0;
    bool restarting_ = false;
};

}  // namespace

SimulationReport simulate(const SimulationOptions& options) {
    try {
        return World{options}.run();
    } catch (const std::exception& unexpected) {
        SimulationReport report{.seed = options.seed};
        report.violations.push_back(std::string{"it threw: "} + unexpected.what());
        return report;
    }
}

}  // namespace sillok::simulation
