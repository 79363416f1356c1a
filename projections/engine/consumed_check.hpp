// Proves that read models have consumed exactly this log: nothing skipped, nothing twice, no other log.
#pragma once

#include "projections/engine/read_model.hpp"

#include <vector>

namespace sillok {

class EventStore;

// Compares what each read model has consumed (consumed.hpp) with the log, up to where the read model is. Reads the log
// once. Returns one finding per read model that differs, in the order of their positions.
// REQUIRES: no position is behind the log's head.
std::vector<ReadModelFinding> check_consumed(std::vector<ReadModelStatus> statuses, const EventStore& log);

}  // namespace sillok
