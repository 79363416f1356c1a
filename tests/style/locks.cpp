// What style_test.cpp has clang compile: as it stands it is refused, for balance() touches cents_ without its lock.
// With -DLOCKED it is accepted.
#include "eventstore/base/mutex.hpp"

namespace sillok {

class Account {
   public:
    void deposit(int cents) {
        const MutexLock lock{mutex_};
        cents_ += cents;
        changed_.notify_all();
    }
    void wait_for(int cents) {
        MutexLock lock{mutex_};
        changed_.wait(lock, [&]() SILLOK_REQUIRES(mutex_) { return cents_ >= cents; });
    }
    int balance() {
#ifdef LOCKED
        const MutexLock lock{mutex_};
#endif
        return cents_;
    }

   private:
    Mutex mutex_;
    Condition changed_;
    int cents_ SILLOK_GUARDED_BY(mutex_) = 0;
};

void use(Account& account) {
    account.deposit(5);
    account.wait_for(account.balance());
}

}  // namespace sillok
