// The events of several streams, one after another in the order of the log.
//
// Memory: one page of each stream.
// Errors: a log that cannot be read throws StorageError.
#pragma once

#include "eventstore/event.hpp"
#include "eventstore/position.hpp"

#include <functional>
#include <string>
#include <vector>

namespace sillok {

class EventStore;

// Visits every event of the streams before a position.
void read_merged(const EventStore& log, const std::vector<std::string>& streams, Position before,
                 const std::function<void(const Recorded&)>& visit);

}  // namespace sillok
