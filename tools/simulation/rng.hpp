// Random numbers from a seed, equal on every machine. (The distributions of standard libraries differ.)
#pragma once

#include "eventstore/base/splitmix64.hpp"

#include <cstdint>

namespace sillok::simulation {

class Rng {
   public:
    explicit Rng(std::uint64_t seed) : state_(seed) {}

    // 64 bits: splitmix64 (Steele, Lea, Flood 2014).
    std::uint64_t bits() {
        state_ += 0x9e3779b97f4a7c15ULL;
        return splitmix64(state_);
    }
    // 0 ... below - 1. REQUIRES: below > 0.
    std::int64_t under(std::int64_t below) {
        return static_cast<std::int64_t>(bits() % static_cast<std::uint64_t>(below));
    }
    // Both ends included.
    std::int64_t between(std::int64_t least, std::int64_t most) { return least + under(most - least + 1); }
    bool happens(double rate) { return static_cast<double>(bits() >> 11) * 0x1.0p-53 < rate; }

   private:
    std::uint64_t state_;
};

}  // namespace sillok::simulation
