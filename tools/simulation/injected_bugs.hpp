// The sagas of this program, with a deliberate bug where one is asked for.
#pragma once

#include "sagas/engine/process_manager.hpp"
#include "tools/simulation/faults.hpp"

#include <vector>

namespace sillok::simulation {

// Those that concern something else than sagas leave them as they are.
std::vector<saga::Manager> sagas_with_bug(InjectedBug injected_bug);

}  // namespace sillok::simulation
