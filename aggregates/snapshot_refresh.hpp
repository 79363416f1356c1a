// After an update that changed a State or its evolve, the snapshots made before mean nothing any more: whoever needs
// such an aggregate replays it from its first event. This makes those snapshots again beside the running program,
// once, from the log, and leaves alone what is of use.
//
// Order:   one stream after another; between two it rests as long as the last one took.
// Races:   a command processor may write a newer snapshot of the same stream meanwhile. Either may remain: both are
//          true, and the events after it are read in any case.
// Errors:  a stream that cannot be read keeps its useless snapshot; whoever sends it a command is told why.
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

    // Waits until everything that was of no use has been made again.
    // REQUIRES: neither finish() nor stop() was called before.
    void finish();
    // Gives up what is left; the next start will find it. Idempotent.
    void stop();

   private:
    std::jthread thread_;  // stops and joins when it goes
};

}  // namespace sillok
