// A RocksDB Env over a SimulatedFileSystem that runs background work only inside work(), on the caller's thread. So the
// same workload performs the same file operations in the same order every time. Sleeping takes no time.
//
// RocksDB retries once a second after the disk was full; here it retries at every call of work().
#pragma once

#include "eventstore/base/mutex.hpp"
#include "tools/simulation/simulated_file_system.hpp"

#include <rocksdb/env.h>

#include <atomic>
#include <deque>
#include <memory>

namespace sillok {

class StepwiseEnv final : public rocksdb::EnvWrapper {
   public:
    explicit StepwiseEnv(const std::shared_ptr<SimulatedFileSystem>& disk);
    ~StepwiseEnv() override;

    // Runs the scheduled jobs, and the jobs that they schedule, until none is left or one sleeps.
    void work();

    using Function = void (*)(void*);
    void Schedule(Function function, void* argument, Priority priority, void* tag, Function unscheduled) override;
    int UnSchedule(void* tag, Priority priority) override;
    unsigned int GetThreadPoolQueueLen(Priority priority) const override;
    void SleepForMicroseconds(int micros) override;

   private:
    struct Job {
        Function function;
        void* argument;
        Priority priority;
        void* tag;
        Function unscheduled;
    };
    std::atomic<bool> slept_ = false;
    mutable Mutex mutex_;
    std::deque<Job> jobs_ SILLOK_GUARDED_BY(mutex_);
};

}  // namespace sillok
