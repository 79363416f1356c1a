// What must be true when a simulated run has come to rest.
#pragma once

#include "sagas/payment_simulator/provider_ledger.hpp"
#include "tools/simulation/actors.hpp"
#include "tools/simulation/simulated_server.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sillok::simulation {

void each_event(const EventStore& store, const std::function<void(const Recorded&)>& visit);

// Every promise that was broken, each in a sentence. REQUIRES: the server is up.
std::vector<std::string> invariant_violations(const SimulatedServer& server, const ProviderLedger& ledger,
                                              const Actors& actors);

}  // namespace sillok::simulation
