#include "tests/faults/stepwise_machine.hpp"

#include <rocksdb/system_clock.h>

#include <algorithm>
#include <cassert>
#include <optional>
#include <utility>
#include <vector>

namespace sillok {

namespace {

// After an error RocksDB sleeps for a second before it tries again.
class Sleepless final : public rocksdb::SystemClockWrapper {
   public:
    Sleepless(const std::shared_ptr<SystemClock>& clock, std::atomic<bool>& slept)
        : SystemClockWrapper(clock), slept_(slept) {}
    const char* Name() const override { return "Sleepless"; }
    void SleepForMicroseconds(int) override { slept_ = true; }

   private:
    std::atomic<bool>& slept_;
};

}  // namespace

StepwiseMachine::StepwiseMachine(const std::shared_ptr<ForgetfulDisk>& disk)
    : rocksdb::EnvWrapper(rocksdb::NewCompositeEnv(disk)) {
    system_clock_ = std::make_shared<Sleepless>(rocksdb::SystemClock::Default(), slept_);
}

StepwiseMachine::~StepwiseMachine() { assert(jobs_.empty()); }  // whoever scheduled something has gone

void StepwiseMachine::work() {
    slept_ = false;
    while (!slept_) {
        std::optional<Job> job;
        {
            const std::scoped_lock lock{mutex_};
            if (jobs_.empty()) return;
            job = jobs_.front();
            jobs_.pop_front();
        }
        job->function(job->argument);
    }
}

void StepwiseMachine::Schedule(Function function, void* argument, Priority priority, void* tag, Function unscheduled) {
    const std::scoped_lock lock{mutex_};
    jobs_.push_back({function, argument, priority, tag, unscheduled});
}

int StepwiseMachine::UnSchedule(void* tag, Priority priority) {
    std::vector<Job> taken;
    {
        const std::scoped_lock lock{mutex_};
        const auto goes = [&](const Job& job) { return job.tag == tag && job.priority == priority; };
        std::ranges::copy_if(jobs_, std::back_inserter(taken), goes);
        std::erase_if(jobs_, goes);
    }
    for (const auto& job : taken)
        if (job.unscheduled) job.unscheduled(job.argument);
    return static_cast<int>(taken.size());
}

unsigned int StepwiseMachine::GetThreadPoolQueueLen(Priority priority) const {
    const std::scoped_lock lock{mutex_};
    return static_cast<unsigned>(
        std::ranges::count_if(jobs_, [&](const Job& job) { return job.priority == priority; }));
}

void StepwiseMachine::SleepForMicroseconds(int) { slept_ = true; }

}  // namespace sillok
