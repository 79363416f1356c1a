#include "api/upkeep.hpp"

#include "api/backend.hpp"

#include <spdlog/spdlog.h>

#include <filesystem>
#include <string>

namespace sillok::api {

Upkeep::Upkeep(const Backend& backend, const UpkeepOptions& options) : backend_(backend), backups_(backend) {
    if (options.backups && backups_.is_allowed())
        schedule_.emplace(backups_, backend.clock, std::filesystem::absolute(*backend.backups() / scheduled_directory),
                          *options.backups);
    if (options.scrub && backend.log_on_disk() != nullptr)
        scrubber_.emplace(*backend.log_on_disk(), backend.clock,
                          ScrubOptions{.bytes_per_second = options.scrub->bytes_per_second,
                                       .on_damage = [this](const LogProblem& problem) { tell_damage(problem); }});
}

Timestamp Upkeep::now() const { return backend_.clock.now(); }

void Upkeep::stop() {
    if (schedule_) schedule_->stop();
    if (scrubber_) scrubber_->stop();
    backups_.stop();
}

void Upkeep::tell_damage(const LogProblem& problem) const {
    const auto where = problem.position ? "position " + std::to_string(problem.position->value) + ": " : "";
    const auto last = backups_.last().made;
    const auto which = last
                           ? "backup " + std::to_string(last->backup.number.value) + " in " + last->directory.string() +
                                 ", which ends at position " + std::to_string(last->backup.head.position.value)
                           : std::string{"the newest backup"};
    const auto data = backend_.data() != nullptr ? backend_.data()->path().string() : std::string{};
    spdlog::error(
        "the log is damaged: {}{}; stop the server, run sillok verify --data {}, keep that directory, and restore {} "
        "beside it",
        where, problem.what, data, which);
}

}  // namespace sillok::api
