// The lock of a group of aggregates. A command holds it for a moment. A unit of work keeps it from one call to the
// next, until it is accepted or given up.
//
// Order:   a unit takes several of these locks, in the order in which the saga's decisions ask for them. No order among
//          them is needed: a command that has one waits for nothing else, and only one unit at a time holds any.
// Waiting: `held_` is a flag under the mutex, not a mutex that stays locked. So a thread never holds two mutexes, and
//          there is no lock order that a thread sanitizer could report. A unit sleeps while it waits, and it may be
//          released by another thread than the one that filled it.
#pragma once

#include "eventstore/base/mutex.hpp"

namespace sillok {

class ShardLock {
   public:
    Mutex mutex;  // of what the lock protects

    // Of a command: waits while a unit holds the shard. REQUIRES: `lock` is of `mutex`.
    void wait_while_held(MutexLock& lock) SILLOK_REQUIRES(mutex) {
        released_.wait(lock, [this]() SILLOK_REQUIRES(mutex) { return !held_; });
    }

    // Of a unit.
    void hold() SILLOK_EXCLUDES(mutex) {
        MutexLock lock{mutex};
        wait_while_held(lock);
        held_ = true;
    }
    void release() SILLOK_EXCLUDES(mutex) {
        {
            const MutexLock lock{mutex};
            held_ = false;
        }
        released_.notify_all();
    }

   private:
    Condition released_;
    bool held_ SILLOK_GUARDED_BY(mutex) = false;
};

}  // namespace sillok
