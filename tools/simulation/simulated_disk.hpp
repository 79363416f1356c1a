// The log's disk, which survives a crash of the server. It can be full, and power can fail before or after a write.
#pragma once

#include "eventstore/storage/memory_log.hpp"
#include "tools/simulation/faults.hpp"
#include "tools/simulation/rng.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <string>

namespace sillok::simulation {

class SimulatedDisk final : public MemoryLog {
   public:
    enum class Failure : std::uint8_t { none, full, power };

    // `rates` may be changed while it runs. REQUIRES: both outlive the disk.
    SimulatedDisk(const FaultRates& rates, Rng& rng, InjectedBug injected_bug)
        : rates_(rates), rng_(rng), injected_bug_(injected_bug) {}

    std::expected<void, std::string> write(const CommitGroup& group) override;

    // Why the last write failed; cleared by the next start.
    [[nodiscard]] Failure failure() const { return failure_; }
    void start() { failure_ = Failure::none; }
    [[nodiscard]] std::uint64_t failures() const { return failures_; }

   private:
    const FaultRates& rates_;
    Rng& rng_;
    const InjectedBug injected_bug_;
    Failure failure_ = Failure::none;
    std::uint64_t failures_ = 0;
};

}  // namespace sillok::simulation
