// The read models in simulated time: the product's own engine over a simulated disk, which survives a crash of the
// server. Only the worker threads are missing: the simulation says when a read model takes its next events.
//
// Crash: what was not flushed is lost. The read models are opened again and read the rest from the log.
// Threads: one at a time. RocksDB's own threads work below; what they do does not change what is read.
#pragma once

#include "projections/read_models.hpp"
#include "tools/simulation/faults.hpp"
#include "tools/simulation/simulated_file_system.hpp"

#include <rocksdb/env.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sillok::simulation {

class SimulatedReadModels {
   public:
    explicit SimulatedReadModels(InjectedBug injected_bug);

    // A server starts. REQUIRES: closed; the log outlives this until close() or crash().
    void open(const EventStore& log);
    void crash();

    // REQUIRES of these: open.
    [[nodiscard]] std::size_t size() const { return models_->all().size(); }
    [[nodiscard]] bool is_behind(std::size_t model) const;
    // Takes up to `events_max` of the next events.
    void take(std::size_t model, std::size_t events_max);
    void make_durable();
    // Follows the log to its end. Returns what a check finds, and where the rows differ from a rebuild.
    [[nodiscard]] std::vector<std::string> differences();

   private:
    std::map<std::string, Position> positions() const;
    void move_stored_checkpoints(const std::map<std::string, Position>& to);

    const InjectedBug injected_bug_;
    std::shared_ptr<SimulatedFileSystem> disk_;
    std::unique_ptr<rocksdb::Env> env_;
    const EventStore* log_ = nullptr;  // of the server that runs
    std::unique_ptr<ReadModels> models_;
    std::map<std::string, Position> durable_;  // how far they were at the last make_durable()
    std::map<std::string, Position> durable_before_;
};

}  // namespace sillok::simulation
