// Makes backups of a running server's log beside the I/O thread, where the operator allowed it.
//
// Bounds:  one backup at a time; where one is being made, the next is refused.
// Threads: any thread may call any member; a coroutine continues on its own executor.
#pragma once

#include "eventstore/transfer/backup.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
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

class BackupWorker {
   public:
    // REQUIRES: the backend outlives it.
    explicit BackupWorker(const Backend& backend) : backend_(backend) {}
    ~BackupWorker();

    // The directory that a client's text names, below the one that backups may be written to; nothing where that
    // one is not set or the text leads out of it.
    [[nodiscard]] std::optional<std::filesystem::path> directory_for(std::string_view text) const;
    [[nodiscard]] bool is_allowed() const;

    // Nothing where a backup is being made already. The error is a sentence.
    boost::asio::awaitable<std::optional<std::expected<Backup, std::string>>> back_up(std::filesystem::path to);

    // What is being copied ends now, with an error.
    void stop() { stopping_.request_stop(); }

   private:
    const Backend& backend_;
    std::atomic<bool> busy_ = false;
    std::stop_source stopping_;
    boost::asio::thread_pool workers_{1};
};

}  // namespace sillok::api
