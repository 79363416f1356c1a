// Prepares aggregates after a start, so that no first command has to wait for much. Runs once, beside the running
// program.
//   - Aggregates with a large snapshot are loaded.
//   - Snapshots that an update has made unusable, because a State or its evolve changed, are made again. Until then
//     the first command to such an aggregate replays its whole stream. Usable snapshots stay as they are.
//
// Order:   large ones first. Then one stream after another; between two it rests as long as the last one took.
// Races:   a command processor may write a newer snapshot of the same stream meanwhile. Either may remain: both are
//          right, and the events after it are read in any case.
// Errors:  of a stream with an event that cannot be read the snapshot ends before that event. A failing disk ends the
//          work; every other user of it gets the same error.
#pragma once

#include "eventstore/event_store.hpp"

#include <cstdint>
#include <functional>
#include <stop_token>
#include <string>
#include <thread>

namespace sillok {

class SnapshotRefresh {
   public:
    using Load = std::function<void(const std::string& stream)>;

    // Starts at once. `load` brings an aggregate into memory. REQUIRES: the store, and what `load` uses, outlive it.
    explicit SnapshotRefresh(EventStore& store, Load load = {});

    // Waits until every unusable snapshot is made again.
    // REQUIRES: neither finish() nor stop() was called before.
    void finish();
    // Stops early; the next start finds the rest. Idempotent.
    void stop();

   private:
    std::jthread thread_;  // its destructor stops and joins
};

}  // namespace sillok
