#include "api/backup_worker.hpp"

#include "api/backend.hpp"
#include "api/data_directory.hpp"
#include "api/log_line.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <system_error>
#include <utility>

namespace sillok::api {

namespace fs = std::filesystem;

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

std::optional<BackupWorker::Made> BackupWorker::back_up_here(const BackupWanted& wanted) {
    struct Place {
        std::atomic<bool>& busy;
        ~Place() { busy = false; }
    };
    if (busy_.exchange(true)) return std::nullopt;
    const Place place{busy_};
    const auto begun = std::chrono::steady_clock::now();
    auto made = sillok::back_up(
        *backend_.log_on_disk(), wanted.to,
        {.keep = wanted.keep, .bytes_per_second = wanted.bytes_per_second, .stop = stopping_.get_token()});
    note(wanted, made);
    say(wanted, made, std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - begun));
    return made;
}

namespace {

boost::asio::awaitable<std::optional<BackupWorker::Made>> made_by(BackupWorker& worker, BackupWanted wanted) {
    co_return worker.back_up_here(wanted);
}

}  // namespace

boost::asio::awaitable<std::optional<BackupWorker::Made>> BackupWorker::back_up(BackupWanted wanted) {
    if (busy_) co_return std::nullopt;  // it would wait for its thread
    auto work = made_by(*this, std::move(wanted));
    auto backup = co_await boost::asio::co_spawn(workers_, std::move(work), boost::asio::use_awaitable);
    co_return backup;
}

void BackupWorker::note(const BackupWanted& wanted, const Made& made) {
    const auto now = backend_.clock.now();
    const MutexLock lock{mutex_};
    if (made)
        last_ = {.made = BackupsMade::Success{.time = now, .directory = wanted.to, .backup = *made}};
    else
        last_.failed = BackupsMade::Failure{.time = now, .directory = wanted.to, .what = made.error().what};
}

void BackupWorker::say(const BackupWanted& wanted, const Made& made, std::chrono::milliseconds spent) const {
    const auto directory = wanted.to.string();
    if (made) {
        const auto& backup = *made;
        log_line(spdlog::level::info, "backup made",
                 {{"directory", directory},
                  {"backup", backup.number.value},
                  {"position", backup.head.position.value},
                  {"bytes", backup.bytes},
                  {"newBytes", backup.bytes_copied},
                  {"removed", backup.removed},
                  {"millis", spent.count()}});
        if (backup.replaced > 0)
            log_line(spdlog::level::warn, "damaged files of earlier backups were replaced: look at that disk",
                     {{"directory", directory}, {"files", backup.replaced}});
        if (!backup.remark.empty()) spdlog::warn("{}", backup.remark);
    } else if (stopping_.stop_requested()) {
        log_line(spdlog::level::info, "backup stopped with the server", {{"directory", directory}});
    } else {
        log_line(spdlog::level::err, "backup failed", {{"directory", directory}, {"reason", made.error().what}});
    }
}

BackupsMade BackupWorker::last() const {
    const MutexLock lock{mutex_};
    return last_;
}

void BackupWorker::remember(const fs::path& directory, const Backup& earlier) {
    const MutexLock lock{mutex_};
    if (!last_.made) last_.made = {.time = earlier.time, .directory = directory, .backup = earlier};
}

}  // namespace sillok::api
