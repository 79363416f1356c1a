// Watches the room on the disks of a data directory, and the log, while a server runs.
//
// Below the reserve new orders and sign-ups are refused (api/handlers), while sagas, compensations and operators go on:
// what has begun can end. With room again new orders are taken again. When the log itself has failed, the reason is
// logged once, with the directory and the room in it; that lasts until a restart.
//
// Threads: one of its own, which looks four times a second. Any thread may ask.
#pragma once

#include "api/data_directory.hpp"
#include "api/disk_room.hpp"
#include "eventstore/base/mutex.hpp"
#include "eventstore/event_store.hpp"

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace sillok {

// Whether less is free than the reserve, or fewer files than RocksDB may need to make.
bool is_below(const DiskRoom& room, std::uint64_t reserve_bytes);

// "the log in ./data/log has stopped: ...; 0 bytes are free there"
std::string failed_log(const std::filesystem::path& log, const std::string& why);

class DiskWatch {
   public:
    // Has looked once when it returns. REQUIRES: the store outlives the watch.
    DiskWatch(const DataDirectory& directory, const EventStore& store, std::uint64_t reserve_bytes);
    ~DiskWatch();  // stops
    DiskWatch(const DiskWatch&) = delete;
    DiskWatch& operator=(const DiskWatch&) = delete;

    [[nodiscard]] bool is_low() const { return is_low_; }
    // The directory whose disk has the least room.
    struct Least {
        std::filesystem::path directory;
        DiskRoom room;
    };
    [[nodiscard]] Least least() const;
    [[nodiscard]] std::uint64_t reserve_bytes() const { return reserve_bytes_; }

    // Looks now, on the caller's thread.
    void look();
    void stop();

   private:
    void follow(const std::stop_token& stop);
    void note_failure();

    const std::filesystem::path log_;
    const std::vector<std::filesystem::path> directories_;
    const EventStore& store_;
    const std::uint64_t reserve_bytes_;
    std::atomic<bool> is_low_ = false;
    bool failure_noted_ = false;  // the looking thread's

    mutable Mutex mutex_;
    Least least_ SILLOK_GUARDED_BY(mutex_);

    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sillok
