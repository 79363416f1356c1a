// A clock that only the test moves. Its random numbers are a fixed sequence.
#pragma once

#include "eventstore/base/clock.hpp"

#include <cstdint>

namespace sillok {

class SetClock final : public Clock {
   public:
    Timestamp now() const override { return time; }
    std::uint64_t random() const override { return ++count_ * 0x9e3779b97f4a7c15ULL; }
    Timestamp time{1'700'000'000'000};

   private:
    mutable std::uint64_t count_ = 0;
};

}  // namespace sillok
