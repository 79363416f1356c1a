// The sagas of this program, with one injected bug if the run asks for it.
#pragma once

#include "sagas/engine/process_manager.hpp"
#include "tools/simulation/faults.hpp"

#include <vector>

namespace sillok::simulation {

// Bugs outside the sagas leave the sagas unchanged.
std::vector<saga::Manager> sagas_with_bug(InjectedBug injected_bug);

}  // namespace sillok::simulation
