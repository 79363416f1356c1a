// Makes unusable snapshots again after an update that changed a State or its evolve. Until then the first command to
// such an aggregate replays its whole stream. Runs once, beside the running program, and leaves usable snapshots as
// they are.
//
// Order:   one stream after another; between two it rests as long as the last one took.
// Races:   a command processor may write a newer snapshot of the same stream meanwhile. Either may remain: both are
//          right, and the events after it are read in any case.
// Errors:  a stream that cannot be read keeps its unusable snapshot; the next command to it reports the error.
#pragma once

#include "eventstore/event_store.hpp"

#include <cstdint>
#include <stop_token>
#include <thread>

namespace sillok {

class SnapshotRefresh {
   public:
    // Starts at once. REQUIRES: the store outlives it.
    explicit SnapshotRefresh(EventStore& store);

    // Waits until every unusable snapshot is made again.
    // REQUIRES: neither finish() nor stop() was called before.
    void finish();
    // Stops early; the next start finds the rest. Idempotent.
    void stop();

   private:
    std::jthread thread_;  // its destructor stops and joins
};

}  // namespace sillok
