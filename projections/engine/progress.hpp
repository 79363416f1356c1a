// How far a read model is and whether it runs, for everyone who asks. The follower reports, any thread reads.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "projections/engine/consumed.hpp"
#include "projections/engine/read_model.hpp"

#include <cstddef>
#include <string>
#include <utility>

namespace sillok {

class Progress {
   public:
    void written(const Consumed& consumed, std::size_t parked_keys, std::size_t skipped_keys) {
        const MutexLock lock{mutex_};
        consumed_ = consumed;
        parked_keys_ = parked_keys;
        skipped_keys_ = skipped_keys;
    }
    void running() { set(true, {}); }
    void stopped(std::string failure = {}) { set(false, std::move(failure)); }

    [[nodiscard]] bool failed() const {
        const MutexLock lock{mutex_};
        return !failure_.empty();
    }
    [[nodiscard]] bool has_parked() const {
        const MutexLock lock{mutex_};
        return parked_keys_ > 0;
    }
    [[nodiscard]] bool has_skipped() const {
        const MutexLock lock{mutex_};
        return skipped_keys_ > 0;
    }
    void report_in(ReadModelStatus& status) const {
        const MutexLock lock{mutex_};
        status.consumed = consumed_;
        status.parked_keys = parked_keys_;
        status.running = running_;
        status.failure = failure_;
    }

   private:
    void set(bool running, std::string failure) {
        const MutexLock lock{mutex_};
        running_ = running;
        failure_ = std::move(failure);
    }

    mutable Mutex mutex_;
    // As of the last write.
    Consumed consumed_ SILLOK_GUARDED_BY(mutex_);
    std::size_t parked_keys_ SILLOK_GUARDED_BY(mutex_) = 0;
    std::size_t skipped_keys_ SILLOK_GUARDED_BY(mutex_) = 0;
    bool running_ SILLOK_GUARDED_BY(mutex_) = false;
    std::string failure_ SILLOK_GUARDED_BY(mutex_);
};

}  // namespace sillok
