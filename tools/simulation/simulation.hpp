// Runs the whole backend in simulated time with injected faults: crashes at any write, a full disk, lost, duplicated,
// late and reordered messages, provider outages, clock jumps. Then the faults end, the sagas finish their work, and the
// invariants are checked.
//
// Determinism: a run is a function of its options. The same seed gives the same run on every machine.
// Invariants:  every acknowledged command is in the log exactly once; stock and money, recomputed from the log, agree
//              with the provider's ledger (sagas/reconciliation/compare.hpp); every saga has ended or waits for
//              an event; read models equal a fresh replay.
// Threads: runs share nothing.
#pragma once

#include "eventstore/event.hpp"
#include "tools/simulation/faults.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sillok::simulation {

struct SimulationOptions {
    std::uint64_t seed = 1;
    std::size_t orders = 100;
    FaultRates rates{};
    InjectedBug injected_bug = InjectedBug::none;
    std::function<void(const Recorded&)> read_log{};  // called for each event of the log at the end
};

struct SimulationReport {
    std::uint64_t seed = 0;
    std::uint64_t orders = 0;  // placed
    std::uint64_t events = 0;
    std::uint64_t crashes = 0;
    std::uint64_t faults = 0;               // of disk, network, provider and clock, including crashes
    std::uint64_t parked = 0;               // parked sagas at the end
    std::string log_hash{};                 // the chain hash of the last event: equal for equal logs
    std::vector<std::string> violations{};  // each a sentence
    friend bool operator==(const SimulationReport&, const SimulationReport&) = default;
};

SimulationReport simulate(const SimulationOptions& options);

}  // namespace sillok::simulation
