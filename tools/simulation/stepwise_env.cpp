#include "tools/simulation/stepwise_env.hpp"

#include "eventstore/base/assertion.hpp"

#include <rocksdb/system_clock.h>

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

namespace sillok {

namespace {

// After an error RocksDB sleeps for one second before it retries.
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

StepwiseEnv::StepwiseEnv(const std::shared_ptr<SimulatedFileSystem>& disk)
    : rocksdb::EnvWrapper(rocksdb::NewCompositeEnv(disk)) {
    system_clock_ = std::make_shared<Sleepless>(rocksdb::SystemClock::Default(), slept_);
}

StepwiseEnv::~StepwiseEnv() { SILLOK_ASSERT(jobs_.empty()); }  // every database that scheduled a job is closed

void StepwiseEnv::work() {
    slept_ = false;
    while (!slept_) {
        std::optional<Job> job;
        {
            const MutexLock lock{mutex_};
            if (jobs_.empty()) return;
            job = jobs_.front();
            jobs_.pop_front();
        }
        job->function(job->argument);
    }
}

void StepwiseEnv::Schedule(Function function, void* argument, Priority priority, void* tag, Function unscheduled) {
    const MutexLock lock{mutex_};
    jobs_.push_back({function, argument, priority, tag, unscheduled});
}

int StepwiseEnv::UnSchedule(void* tag, Priority priority) {
    std::vector<Job> taken;
    {
        const MutexLock lock{mutex_};
        const auto goes = [&](const Job& job) { return job.tag == tag && job.priority == priority; };
        std::ranges::copy_if(jobs_, std::back_inserter(taken), goes);
        std::erase_if(jobs_, goes);
    }
    for (const auto& job : taken)
        if (job.unscheduled) job.unscheduled(job.argument);
    return static_cast<int>(taken.size());
}

unsigned int StepwiseEnv::GetThreadPoolQueueLen(Priority priority) const {
    const MutexLock lock{mutex_};
    return static_cast<unsigned>(
        std::ranges::count_if(jobs_, [&](const Job& job) { return job.priority == priority; }));
}

void StepwiseEnv::SleepForMicroseconds(int) { slept_ = true; }

}  // namespace sillok
