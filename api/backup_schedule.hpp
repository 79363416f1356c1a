// Backs up the log again and again while the server runs (--backup-every), into one directory below --backups.
//
// When:    the first one soon after the start if the newest backup there is older than the interval, else when it is;
//          from then on each an interval after the one before began. A failed one is tried again after a while. The
//          intervals are of real time, also while the machine's clock is set.
// Threads: one of its own. Any thread may ask for the status.
#pragma once

#include "api/backup_worker.hpp"
#include "eventstore/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <thread>

namespace sillok::api {

struct ScheduleOptions {
    std::chrono::milliseconds every{};  // REQUIRES: more than 0
    std::optional<std::uint32_t> keep = {};
    std::uint64_t bytes_per_second = 0;
};

// The name of the directory below --backups.
constexpr auto scheduled_directory = "scheduled";

class BackupSchedule {
   public:
    // REQUIRES: the worker, which is allowed to write, and the clock outlive it.
    BackupSchedule(BackupWorker& worker, const Clock& clock, std::filesystem::path to, const ScheduleOptions& options);
    BackupSchedule(const BackupSchedule&) = delete;
    BackupSchedule& operator=(const BackupSchedule&) = delete;

    // When the next one is due, by the server's clock.
    [[nodiscard]] Timestamp next() const SILLOK_EXCLUDES(mutex_);
    [[nodiscard]] std::chrono::milliseconds every() const { return options_.every; }

    void stop() { thread_.request_stop(); }

   private:
    using Steady = std::chrono::steady_clock;

    void run(const std::stop_token& stop);
    [[nodiscard]] std::chrono::milliseconds first_wait();
    [[nodiscard]] std::chrono::milliseconds wait_after_attempt(Steady::time_point begun);
    void wait(std::chrono::milliseconds time, const std::stop_token& stop) SILLOK_EXCLUDES(mutex_);

    BackupWorker& worker_;
    const Clock& clock_;
    const std::filesystem::path to_;
    const ScheduleOptions options_;
    mutable Mutex mutex_;
    StoppableCondition stopped_;
    Timestamp next_ SILLOK_GUARDED_BY(mutex_);
    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sillok::api
