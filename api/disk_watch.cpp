#include "api/disk_watch.hpp"

#include "eventstore/base/thread_name.hpp"

#include <spdlog/spdlog.h>
#include <sys/statvfs.h>

#include <cerrno>
#include <chrono>
#include <system_error>

namespace sillok {

namespace fs = std::filesystem;

namespace {

constexpr std::chrono::milliseconds look_every{250};
// A flush makes a table for each column family, and a manifest may follow.
constexpr std::uint64_t files_needed = 64;

// A directory that is not there yet will be made in the one above it.
fs::path that_exists(fs::path directory) {
    std::error_code error;
    while (!fs::exists(directory, error) && directory.has_parent_path() && directory != directory.parent_path())
        directory = directory.parent_path();
    return directory.empty() ? fs::path{"."} : directory;
}

}  // namespace

std::expected<DiskRoom, std::string> room_in(const fs::path& directory) {
    struct statvfs found{};
    if (::statvfs(directory.c_str(), &found) != 0)
        return std::unexpected("the room in " + directory.string() +
                               " is not known: " + std::generic_category().message(errno));
    DiskRoom room{.directory = directory, .free_bytes = found.f_bavail * found.f_frsize};
    if (found.f_files != 0) room.free_files = found.f_favail;
    return room;
}

std::string failed_log(const fs::path& log, const std::string& why) {
    const auto room = room_in(log);
    return "the log in " + log.string() + " has stopped: " + why + "; " +
           (room ? std::to_string(room->free_bytes) + " bytes are free there" : room.error());
}

bool is_below(const DiskRoom& room, std::uint64_t reserve_bytes) {
    if (reserve_bytes == 0) return false;
    return room.free_bytes < reserve_bytes || (room.free_files && *room.free_files < files_needed);
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

DiskRoom DiskWatch::room() const {
    const MutexLock lock{mutex_};
    return room_;
}

void DiskWatch::look() {
    std::optional<DiskRoom> least;
    for (const auto& directory : directories_) {
        const auto room = room_in(that_exists(directory));
        if (!room) continue;  // a disk that does not say it fails the writes
        if (!least || room->free_bytes < least->free_bytes || is_below(*room, reserve_bytes_)) least = *room;
        if (is_below(*room, reserve_bytes_)) break;
    }
    if (!least) return;
    const bool is_low = is_below(*least, reserve_bytes_);
    {
        const MutexLock lock{mutex_};
        room_ = *least;
    }
    if (is_low_.exchange(is_low) == is_low) return;
    if (is_low)
        spdlog::warn("no new orders: {} bytes are free in {}, the reserve is {}; what has begun goes on",
                     least->free_bytes, least->directory.string(), reserve_bytes_);
    else
        spdlog::info("orders are taken again: {} bytes are free in {}", least->free_bytes, least->directory.string());
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
