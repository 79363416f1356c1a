#include "eventstore/base/pace.hpp"

#include "eventstore/base/mutex.hpp"

#include <algorithm>
#include <utility>

namespace sillok {

namespace {

// Time that was not used is not made up for beyond this.
constexpr std::chrono::milliseconds saved_max{100};

}  // namespace

Pace::Pace(std::uint64_t bytes_per_second, std::stop_token stop)
    : bytes_per_second_(bytes_per_second), stop_(std::move(stop)) {}

bool Pace::take(std::uint64_t bytes) {
    if (bytes_per_second_ == 0 || bytes == 0) return !stop_.stop_requested();
    const auto now = Clock::now();
    due_ = std::max(due_, now - saved_max);
    due_ += std::chrono::duration_cast<Clock::duration>(
        std::chrono::duration<double>(static_cast<double>(bytes) / static_cast<double>(bytes_per_second_)));
    if (due_ > now && !stop_.stop_requested()) {
        Mutex mutex;
        StoppableCondition stopped;
        MutexLock lock{mutex};
        stopped.wait_for(lock, stop_, due_ - now, [] { return false; });
    }
    return !stop_.stop_requested();
}

}  // namespace sillok
