// A machine around a disk whose background work is done when the test says so, on the test's own thread: the
// same workload does the same things to the disk in the same order, every time. Sleeping takes no time.
//
// RocksDB tries again and again what a full disk has refused, once a second: here, at every step.
#pragma once

#include "tests/faults/forgetful_disk.hpp"

#include <rocksdb/env.h>

#include <atomic>
#include <deque>
#include <memory>
#include <mutex>

namespace sillok {

class StepwiseMachine final : public rocksdb::EnvWrapper {
   public:
    explicit StepwiseMachine(const std::shared_ptr<ForgetfulDisk>& disk);
    ~StepwiseMachine() override;

    // Does what was scheduled, and what that schedules, until nothing is left or somebody sleeps.
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
    mutable std::mutex mutex_;
    std::deque<Job> jobs_;  // guarded by mutex_
};

}  // namespace sillok
