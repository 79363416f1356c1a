// The invariants that must hold at the end of a simulated run.
#pragma once

#include "sagas/payment_simulator/provider_ledger.hpp"
#include "tools/simulation/actors.hpp"
#include "tools/simulation/simulated_server.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sillok::simulation {

void each_event(const EventStore& store, const std::function<void(const Recorded&)>& visit);

// Returns each violated invariant as one sentence. REQUIRES: the server is up.
std::vector<std::string> invariant_violations(SimulatedServer& server, const ProviderLedger& ledger,
                                              const Actors& actors);

}  // namespace sillok::simulation
