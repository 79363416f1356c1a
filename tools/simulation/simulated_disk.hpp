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
        : MemoryLog({.log_id = simulated_log}), rates_(rates), rng_(rng), injected_bug_(injected_bug) {}

    [[nodiscard]] LogHead head() const override;
    std::expected<void, std::string> write(const CommitGroup& group) override;

    // Why the last write failed; cleared by the next start.
    [[nodiscard]] Failure failure() const { return failure_; }
    void start() { failure_ = Failure::none; }
    [[nodiscard]] std::uint64_t failures() const { return failures_; }

   private:
    // The same in each run, so that a seed gives the same log again.
    static constexpr Uuid simulated_log{{0x51, 0x11, 0x0c, 0, 0, 0, 0x40, 0, 0x80, 0, 0, 0, 0, 0, 0, 1}};

    const FaultRates& rates_;
    Rng& rng_;
    const InjectedBug injected_bug_;
    Failure failure_ = Failure::none;
    std::uint64_t failures_ = 0;
};

}  // namespace sillok::simulation
