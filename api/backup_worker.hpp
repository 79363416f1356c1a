// Backs up a running server's log, if the operator allowed it (--backups): on a thread of its own for a request, or
// on the caller's. Each backup, made or failed, is a line of the log, and the last one is remembered.
//
// Bounds:  one backup at a time. A second one is refused meanwhile.
// Threads: any thread may call any member; a coroutine continues on its own executor.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/transfer/backup.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>

namespace sillok {
class Backend;
}

namespace sillok::api {

struct BackupWanted {
    std::filesystem::path to;
    std::optional<std::uint32_t> keep = {};
    std::uint64_t bytes_per_second = 0;
};

// What became of the last backups, by the server's clock.
struct BackupsMade {
    struct Success {
        Timestamp time;
        std::filesystem::path directory;
        Backup backup;
    };
    struct Failure {
        Timestamp time;
        std::filesystem::path directory;
        std::string what;
    };
    std::optional<Success> made = {};
    std::optional<Failure> failed = {};  // after that one; nothing: the last one succeeded
};

class BackupWorker {
   public:
    // REQUIRES: the backend outlives it.
    explicit BackupWorker(const Backend& backend) : backend_(backend) {}
    ~BackupWorker();

    // The directory that a client's text names, below the server's backup directory.
    // Returns nothing if the server has no backup directory, or if the text leads out of it.
    [[nodiscard]] std::optional<std::filesystem::path> directory_for(std::string_view text) const;
    [[nodiscard]] bool is_allowed() const;

    // Whether a directory is the data directory, or in it: a backup there would be lost with what it is of.
    [[nodiscard]] bool is_in_data(const std::filesystem::path& directory) const;

    // As sillok::back_up(). Returns nothing while another backup is being made.
    using Made = std::expected<Backup, BackupError>;
    boost::asio::awaitable<std::optional<Made>> back_up(BackupWanted wanted);
    // The same on this thread. REQUIRES: is_allowed().
    std::optional<Made> back_up_here(const BackupWanted& wanted) SILLOK_EXCLUDES(mutex_);

    [[nodiscard]] BackupsMade last() const SILLOK_EXCLUDES(mutex_);
    // A backup that an earlier process made counts as the last one until there is another.
    void remember(const std::filesystem::path& directory, const Backup& earlier) SILLOK_EXCLUDES(mutex_);

    // Ends the backup that is being made, with an error, and every later one.
    void stop() { stopping_.request_stop(); }

   private:
    void note(const BackupWanted& wanted, const Made& made) SILLOK_EXCLUDES(mutex_);
    void say(const BackupWanted& wanted, const Made& made, std::chrono::milliseconds spent) const;

    const Backend& backend_;
    std::atomic<bool> busy_ = false;
    std::stop_source stopping_;
    mutable Mutex mutex_;
    BackupsMade last_ SILLOK_GUARDED_BY(mutex_);
    boost::asio::thread_pool workers_{1};  // last: it uses all of the above
};

}  // namespace sillok::api
