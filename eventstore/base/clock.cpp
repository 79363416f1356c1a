#include "eventstore/base/clock.hpp"

#include "eventstore/base/random.hpp"

#include <chrono>

namespace sillok {

Timestamp SystemClock::now() const {
    using namespace std::chrono;
    return Timestamp{duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count()};
}

Uuid SystemClock::new_id() const {
    using namespace std::chrono;
    const auto since_epoch = system_clock::now().time_since_epoch();
    const auto ms = floor<milliseconds>(since_epoch);
    const auto rest = duration_cast<nanoseconds>(since_epoch - ms).count();
    return uuid_v7(ms.count(), static_cast<std::uint64_t>(rest) * 4096 / 1'000'000, random());
}

std::uint64_t SystemClock::random() const { return random_bits(); }

}  // namespace sillok
