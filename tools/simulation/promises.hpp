// What must be true when a simulated run has come to rest.
#pragma once

#include "sagas/provider_books.hpp"
#include "tools/simulation/people.hpp"
#include "tools/simulation/simulated_server.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sillok::simulation {

void each_event(const EventStore& store, const std::function<void(const Recorded&)>& visit);

// Every promise that was broken, each in a sentence. REQUIRES: the server is up.
std::vector<std::string> broken_promises(const SimulatedServer& server, const ProviderBooks& books,
                                         const People& people);

}  // namespace sillok::simulation
