#include "api/backup_schedule.hpp"

#include "api/log_line.hpp"
#include "eventstore/base/thread_name.hpp"

#include <algorithm>
#include <exception>
#include <utility>

namespace sillok::api {

namespace {

using std::chrono::milliseconds;

constexpr milliseconds soon{1'000};        // the start has enough to do
constexpr milliseconds busy_wait{10'000};  // another backup is being made
constexpr milliseconds retry_wait_max = std::chrono::minutes{5};

}  // namespace

BackupSchedule::BackupSchedule(BackupWorker& worker, const Clock& clock, std::filesystem::path to,
                               const ScheduleOptions& options)
    : worker_(worker), clock_(clock), to_(std::move(to)), options_(options), next_(clock.now()) {
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

Timestamp BackupSchedule::next() const {
    const MutexLock lock{mutex_};
    return next_;
}

void BackupSchedule::run(const std::stop_token& stop) {
    name_this_thread("backups");
    wait(first_wait(), stop);
    while (!stop.stop_requested()) {
        const auto begun = Steady::now();
        auto pause = busy_wait;
        try {
            pause = wait_after_attempt(begun);
        } catch (const std::exception& error) {
            log_line(spdlog::level::err, "backup failed", {{"directory", to_.string()}, {"reason", error.what()}});
        }
        wait(pause, stop);
    }
}

// By the newest backup's time, which is the machine's.
milliseconds BackupSchedule::first_wait() {
    const auto list = list_backups(to_);
    if (!list || list->good.empty()) return std::min(soon, options_.every);
    const auto& newest = list->good.back();
    worker_.remember(to_, newest);
    const milliseconds age{std::max<std::int64_t>(0, clock_.now().value - newest.time.value)};
    return std::max(options_.every - age, std::min(soon, options_.every));
}

milliseconds BackupSchedule::wait_after_attempt(Steady::time_point begun) {
    const auto made =
        worker_.back_up_here({.to = to_, .keep = options_.keep, .bytes_per_second = options_.bytes_per_second});
    if (!made) return std::min(busy_wait, options_.every);
    if (!*made) return std::min(retry_wait_max, options_.every);
    const auto spent = std::chrono::duration_cast<milliseconds>(Steady::now() - begun);
    return std::max(options_.every - spent, milliseconds{0});
}

void BackupSchedule::wait(milliseconds time, const std::stop_token& stop) {
    MutexLock lock{mutex_};
    next_ = Timestamp{clock_.now().value + time.count()};
    stopped_.wait_for(lock, stop, time, [] { return false; });
}

}  // namespace sillok::api
