// The whole backend in simulated time, with everything that can go wrong going wrong: crashes at any write, a disk
// that is full, messages lost, doubled, late and out of order, a provider that is away, a clock that jumps. Then the
// trouble ends, what is owed is worked off, and what is promised is checked.
//
// A run is a function of its options: the same seed, the same run, on any machine.
// Checked: everything acknowledged is in the log, and nothing twice; stock and money add up, recomputed from the log
//          and compared with the provider's books (sagas/reconciliation/reconciliation.hpp); every saga has ended or
//          waits for an event; read models equal a fresh replay.
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
    std::function<void(const Recorded&)> read_log{};  // is shown the log at the end
};

struct SimulationReport {
    std::uint64_t seed = 0;
    std::uint64_t orders = 0;  // placed
    std::uint64_t events = 0;
    std::uint64_t crashes = 0;
    std::uint64_t faults = 0;               // of disk, network, provider and clock, crashes among them
    std::uint64_t parked = 0;               // sagas that wait for an operator at the end
    std::string log_hash{};                 // of its last event's chain: two logs with the same are the same
    std::vector<std::string> violations{};  // each a sentence
    friend bool operator==(const SimulationReport&, const SimulationReport&) = default;
};

SimulationReport simulate(const SimulationOptions& options);

}  // namespace sillok::simulation
