#include "api/disk_watch.hpp"

#include "eventstore/base/thread_name.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <optional>

namespace sillok {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds look_every{250};
// A flush makes a table for each column family, and a manifest may follow.
constexpr std::uint64_t files_needed = 64;

}  // namespace

std::string failed_log(const fs::path& log, const std::string& why) {
    const auto room = disk_room(log);
    return "the log in " + log.string() + " has stopped: " + why + "; " +
           (room ? std::to_string(room->free_bytes) + " bytes are free there" : room.error());
}

bool is_below(const DiskRoom& room, std::uint64_t reserve_bytes) {
    if (reserve_bytes == 0) return false;
    return room.free_bytes < reserve_bytes || (room.total_files > 0 && room.free_files < files_needed);
}

DiskWatch::DiskWatch(const DataDirectory& directory, const EventStore& store, std::uint64_t reserve_bytes)
    : log_(directory.log()),
      directories_{directory.log(), directory.views(), directory.sagas()},
      store_(store),
      reserve_bytes_(reserve_bytes) {
    look();
    thread_ = std::jthread{[this](const std::stop_token& stop) { follow(stop); }};
}

DiskWatch::~DiskWatch() = default;

void DiskWatch::stop() {
    thread_ = {};
    note_failure();
}

DiskWatch::Least DiskWatch::least() const {
    const MutexLock lock{mutex_};
    return least_;
}

void DiskWatch::look() {
    std::optional<Least> least;
    bool is_low = false;
    for (const auto& directory : directories_) {
        const auto room = disk_room(directory);
        if (!room || is_low) continue;  // a disk that does not say it fails the writes
        is_low = is_below(*room, reserve_bytes_);
        if (!least || is_low || room->free_bytes < least->room.free_bytes) least = Least{directory, *room};
    }
    if (!least) return;
    {
        const MutexLock lock{mutex_};
        least_ = *least;
    }
    if (is_low_.exchange(is_low) == is_low) return;
    if (is_low)
        spdlog::warn("no new orders: {} bytes are free in {}, the reserve is {}; what has begun goes on",
                     least->room.free_bytes, least->directory.string(), reserve_bytes_);
    else
        spdlog::info("orders are taken again: {} bytes are free in {}", least->room.free_bytes,
                     least->directory.string());
}

void DiskWatch::note_failure() {
    if (failure_noted_) return;
    const auto failure = store_.failure();
    if (!failure) return;
    failure_noted_ = true;
    spdlog::error("{}; nothing is accepted until a restart", failed_log(log_, *failure));
}

void DiskWatch::follow(const std::stop_token& stop) {
    name_this_thread("disk watch");
    Mutex mutex;
    StoppableCondition stopped;
    while (!stop.stop_requested()) {
        {
            MutexLock lock{mutex};
            stopped.wait_for(lock, stop, look_every, [] { return false; });
        }
        look();
        note_failure();
    }
}

}  // namespace sillok
