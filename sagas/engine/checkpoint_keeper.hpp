// Loads the sagas' checkpoint at the start and saves it while they run, at most once in an interval.
//
// Threads: one at a time.
// Errors:  a checkpoint that is missing, damaged or of another log is ignored: the log is read from its beginning. One
//          that cannot be written is logged; the next start then reads more of the log.
#pragma once

#include "eventstore/event_store.hpp"
#include "sagas/engine/pending_work.hpp"
#include "sagas/engine/saga_checkpoint.hpp"

#include <chrono>
#include <filesystem>

namespace sillok::saga {

class CheckpointKeeper {
   public:
    // Makes the directory if it is missing. REQUIRES: the store outlives the keeper.
    CheckpointKeeper(const EventStore& store, const std::filesystem::path& directory,
                     std::chrono::milliseconds interval)
        : store_(store), interval_(interval), checkpoint_(directory) {}

    // Returns the work known at the checkpoint. Returns no work, at position 0, if there is no valid checkpoint.
    PendingWork load();
    // Whether the saved checkpoint is older than `known`.
    [[nodiscard]] bool is_behind(const PendingWork& known) const { return saved_ < known.position; }
    void save_if_due(const PendingWork& known);
    void save(const PendingWork& known);

   private:
    const EventStore& store_;
    const std::chrono::milliseconds interval_;
    Checkpoint checkpoint_;
    Position saved_;
    std::chrono::steady_clock::time_point last_save_{};
};

}  // namespace sillok::saga
