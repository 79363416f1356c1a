// Backs up a running server's log on a thread of its own, if the operator allowed it (--backups).
//
// Bounds:  one backup at a time. A second one is refused meanwhile.
// Threads: any thread may call any member; a coroutine continues on its own executor.
#pragma once

#include "eventstore/transfer/backup.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/asio/thread_pool.hpp>

#include <atomic>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <stop_token>
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

    // The directory that a client's text names, below the server's backup directory.
    // Returns nothing if the server has no backup directory, or if the text leads out of it.
    [[nodiscard]] std::optional<std::filesystem::path> directory_for(std::string_view text) const;
    [[nodiscard]] bool is_allowed() const;

    // Whether a directory is the data directory, or in it: a backup there would be lost with what it is of.
    [[nodiscard]] bool is_in_data(const std::filesystem::path& directory) const;

    // As sillok::back_up(). Returns nothing while another backup is being made.
    using Made = std::expected<Backup, BackupError>;
    boost::asio::awaitable<std::optional<Made>> back_up(std::filesystem::path to, std::optional<std::uint32_t> keep);

    // Ends the backup that is being made, with an error.
    void stop() { stopping_.request_stop(); }

   private:
    const Backend& backend_;
    std::atomic<bool> busy_ = false;
    std::stop_source stopping_;
    boost::asio::thread_pool workers_{1};
};

}  // namespace sillok::api
