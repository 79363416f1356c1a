#include "tools/simulation/simulated_disk.hpp"

namespace sillok::simulation {

LogHead SimulatedDisk::head() const {
    auto head = MemoryLog::head();
    if (injected_bug_ == InjectedBug::last_time_forgotten) head.time = {};
    return head;
}

std::expected<void, std::string> SimulatedDisk::write(const CommitGroup& group) {
    if (failure_ == Failure::none) {
        if (rng_.happens(rates_.disk_full)) failure_ = Failure::full;
        if (rng_.happens(rates_.crash)) failure_ = Failure::power;
        if (failure_ != Failure::none) ++failures_;
        if (failure_ == Failure::power) {
            if (injected_bug_ == InjectedBug::disk_forgets) return {};
            // Power may also fail after the write and before any response.
            if (rng_.happens(0.5))
                if (const auto done = MemoryLog::write(group); !done) return done;
        }
    }
    if (failure_ == Failure::full) return std::unexpected("no space left on device");
    if (failure_ == Failure::power) return std::unexpected("the power has failed");
    return MemoryLog::write(group);
}

}  // namespace sillok::simulation
