// The unfinished work at a start, as a list in the order in which it is resumed.
#pragma once

#include "eventstore/event_store.hpp"
#include "sagas/engine/pending_work.hpp"
#include "sagas/engine/process_manager.hpp"

#include <span>
#include <string>
#include <vector>

namespace sillok::saga {

// A trigger that the journal has not answered. With trigger 0: a pending intent, or a parked saga that may expire.
struct PendingItem {
    Position trigger;
    std::string stream;
};

// Triggers first, in the log's order; then journals by name.
std::vector<PendingItem> pending_items(const PendingWork& known);

// Returns the position of the last event of any journal; `after` if none is later.
Position last_journal_event(const EventStore& store, Position after, std::span<const Manager> managers);

}  // namespace sillok::saga
