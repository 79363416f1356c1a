// The standard mutexes and condition variables with Clang's thread-safety attributes, so that a clang build refuses
// code that touches guarded data without its lock. They cost nothing beyond the standard types.
// (Idea: Clang's documentation "Thread Safety Analysis".)
//
// Use:     Mutex mutex_;
//          int count_ SILLOK_GUARDED_BY(mutex_) = 0;
//          void add_locked() SILLOK_REQUIRES(mutex_);
//          const MutexLock lock{mutex_};
//          changed_.wait(lock, [this]() SILLOK_REQUIRES(mutex_) { return count_ > 0; });
//          A constructor and a destructor are not checked: no other thread knows the object.
// Other compilers check nothing and compile the same code.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <shared_mutex>
#include <stop_token>
#include <utility>

#ifdef __clang__
#define SILLOK_THREAD_ATTRIBUTE(...) __attribute__((__VA_ARGS__))
#else
#define SILLOK_THREAD_ATTRIBUTE(...)
#endif

// Of data: the lock that must be held to touch it, or to touch what it points to.
#define SILLOK_GUARDED_BY(mutex) SILLOK_THREAD_ATTRIBUTE(guarded_by(mutex))
#define SILLOK_POINTEE_GUARDED_BY(mutex) SILLOK_THREAD_ATTRIBUTE(pt_guarded_by(mutex))
// Of functions: the caller holds these locks.
#define SILLOK_REQUIRES(...) SILLOK_THREAD_ATTRIBUTE(requires_capability(__VA_ARGS__))
#define SILLOK_REQUIRES_SHARED(...) SILLOK_THREAD_ATTRIBUTE(requires_shared_capability(__VA_ARGS__))
// Of functions: the caller does not hold these locks, because the function takes them.
#define SILLOK_EXCLUDES(...) SILLOK_THREAD_ATTRIBUTE(locks_excluded(__VA_ARGS__))
// Of functions: they take or release a lock.
#define SILLOK_ACQUIRE(...) SILLOK_THREAD_ATTRIBUTE(acquire_capability(__VA_ARGS__))
#define SILLOK_ACQUIRE_SHARED(...) SILLOK_THREAD_ATTRIBUTE(acquire_shared_capability(__VA_ARGS__))
#define SILLOK_TRY_ACQUIRE(...) SILLOK_THREAD_ATTRIBUTE(try_acquire_capability(__VA_ARGS__))
#define SILLOK_RELEASE(...) SILLOK_THREAD_ATTRIBUTE(release_capability(__VA_ARGS__))
#define SILLOK_RELEASE_GENERIC(...) SILLOK_THREAD_ATTRIBUTE(release_generic_capability(__VA_ARGS__))
// Of functions after which the lock is held in a way that the compiler cannot follow.
#define SILLOK_ASSERTS_HELD(...) SILLOK_THREAD_ATTRIBUTE(assert_capability(__VA_ARGS__))
// Of functions that are right for a reason that the compiler cannot see. Say the reason beside it.
#define SILLOK_UNCHECKED SILLOK_THREAD_ATTRIBUTE(no_thread_safety_analysis)

namespace sillok {

class SILLOK_THREAD_ATTRIBUTE(capability("mutex")) Mutex {
   public:
    Mutex() = default;
    Mutex(const Mutex&) = delete;
    Mutex& operator=(const Mutex&) = delete;

    void lock() SILLOK_ACQUIRE() { native_.lock(); }
    bool try_lock() SILLOK_TRY_ACQUIRE(true) { return native_.try_lock(); }
    void unlock() SILLOK_RELEASE() { native_.unlock(); }

   private:
    friend class MutexLock;
    std::mutex native_;
};

// Holds a mutex from construction to destruction, but between unlock() and lock().
class SILLOK_THREAD_ATTRIBUTE(scoped_lockable) MutexLock {
   public:
    explicit MutexLock(Mutex& mutex) SILLOK_ACQUIRE(mutex) : lock_(mutex.native_) {}
    ~MutexLock() SILLOK_RELEASE() = default;
    MutexLock(const MutexLock&) = delete;
    MutexLock& operator=(const MutexLock&) = delete;

    void unlock() SILLOK_RELEASE() { lock_.unlock(); }
    void lock() SILLOK_ACQUIRE() { lock_.lock(); }

   private:
    friend class Condition;
    friend class StoppableCondition;
    std::unique_lock<std::mutex> lock_;
};

// One writer or several readers hold it.
class SILLOK_THREAD_ATTRIBUTE(capability("mutex")) SharedMutex {
   public:
    SharedMutex() = default;
    SharedMutex(const SharedMutex&) = delete;
    SharedMutex& operator=(const SharedMutex&) = delete;

   private:
    friend class WriterLock;
    friend class ReaderLock;
    std::shared_mutex native_;
};

class SILLOK_THREAD_ATTRIBUTE(scoped_lockable) WriterLock {
   public:
    explicit WriterLock(SharedMutex& mutex) SILLOK_ACQUIRE(mutex) : lock_(mutex.native_) {}
    ~WriterLock() SILLOK_RELEASE() = default;
    WriterLock(const WriterLock&) = delete;
    WriterLock& operator=(const WriterLock&) = delete;

   private:
    std::unique_lock<std::shared_mutex> lock_;
};

class SILLOK_THREAD_ATTRIBUTE(scoped_lockable) ReaderLock {
   public:
    explicit ReaderLock(SharedMutex& mutex) SILLOK_ACQUIRE_SHARED(mutex) : lock_(mutex.native_) {}
    ~ReaderLock() SILLOK_RELEASE_GENERIC() = default;
    ReaderLock(const ReaderLock&) = delete;
    ReaderLock& operator=(const ReaderLock&) = delete;

   private:
    std::shared_lock<std::shared_mutex> lock_;
};

// A condition variable. The lock is held again when a wait returns, which is why the waits are unchecked: the
// predicate runs under the lock that the caller holds.
class Condition {
   public:
    void notify_one() { native_.notify_one(); }
    void notify_all() { native_.notify_all(); }

    template <class Predicate>
    void wait(MutexLock& lock, Predicate predicate) SILLOK_UNCHECKED {
        native_.wait(lock.lock_, std::move(predicate));
    }
    // Returns the predicate's value when the wait ends.
    template <class Predicate>
    bool wait_for(MutexLock& lock, std::chrono::nanoseconds at_most, Predicate predicate) SILLOK_UNCHECKED {
        return native_.wait_for(lock.lock_, at_most, std::move(predicate));
    }

   private:
    std::condition_variable native_;
};

// The same, with waits that also end when a stop is requested.
class StoppableCondition {
   public:
    void notify_one() { native_.notify_one(); }
    void notify_all() { native_.notify_all(); }

    template <class Predicate>
    bool wait(MutexLock& lock, std::stop_token stop, Predicate predicate) SILLOK_UNCHECKED {
        return native_.wait(lock.lock_, std::move(stop), std::move(predicate));
    }
    template <class Predicate>
    bool wait_for(MutexLock& lock, std::stop_token stop, std::chrono::nanoseconds at_most,
                  Predicate predicate) SILLOK_UNCHECKED {
        return native_.wait_for(lock.lock_, std::move(stop), at_most, std::move(predicate));
    }

   private:
    std::condition_variable_any native_;
};

}  // namespace sillok
