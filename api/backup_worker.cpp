#include "api/backup_worker.hpp"

#include "api/backend.hpp"
#include "api/data_directory.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <system_error>
#include <utility>

namespace sillok::api {

namespace fs = std::filesystem;

namespace {

boost::asio::awaitable<BackupWorker::Made> made(const RocksLog& log, fs::path to, std::optional<std::uint32_t> keep,
                                                std::stop_token stop) {
    co_return sillok::back_up(log, to, keep, std::move(stop));
}

}  // namespace

BackupWorker::~BackupWorker() {
    stop();
    workers_.join();
}

bool BackupWorker::is_allowed() const { return backend_.backups() && backend_.log_on_disk(); }

std::optional<fs::path> BackupWorker::directory_for(std::string_view text) const {
    if (!is_allowed() || text.empty()) return std::nullopt;
    // Symbolic links are resolved first, so that they cannot lead out of the directory.
    std::error_code error;
    const auto allowed = fs::weakly_canonical(*backend_.backups(), error);
    if (error) return std::nullopt;
    auto asked = fs::weakly_canonical(allowed / fs::path{text}, error);
    if (error) return std::nullopt;
    if (!lies_inside(asked, allowed)) return std::nullopt;
    return asked;
}

bool BackupWorker::is_in_data(const fs::path& directory) const {
    return backend_.data() && lies_inside(directory, backend_.data()->path());
}

boost::asio::awaitable<std::optional<BackupWorker::Made>> BackupWorker::back_up(fs::path to,
                                                                                std::optional<std::uint32_t> keep) {
    struct Place {
        std::atomic<bool>& busy;
        ~Place() { busy = false; }
    };
    if (busy_.exchange(true)) co_return std::nullopt;
    const Place place{busy_};
    auto work = made(*backend_.log_on_disk(), std::move(to), keep, stopping_.get_token());
    auto backup = co_await boost::asio::co_spawn(workers_, std::move(work), boost::asio::use_awaitable);
    co_return backup;
}

}  // namespace sillok::api
