// A number of bytes a second and no more, for work that must leave the disk to others.
//
// Threads: one at a time; the stop may be requested from any.
#pragma once

#include <chrono>
#include <cstdint>
#include <stop_token>

namespace sillok {

class Pace {
   public:
    // 0: no limit.
    explicit Pace(std::uint64_t bytes_per_second = 0, std::stop_token stop = {});

    // Waits until these bytes are due. False when a stop was requested.
    bool take(std::uint64_t bytes);

   private:
    using Clock = std::chrono::steady_clock;

    const std::uint64_t bytes_per_second_;
    const std::stop_token stop_;
    Clock::time_point due_ = Clock::now();  // when the next bytes may be taken
};

}  // namespace sillok
