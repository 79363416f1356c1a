// The sagas of this program.
#pragma once

#include "sagas/engine/process_manager.hpp"

#include <span>

namespace sillok::saga {

// In the order in which an event is offered to them.
std::span<const Manager> all_sagas();

}  // namespace sillok::saga
