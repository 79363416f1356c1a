#include "api/upkeep.hpp"

#include "api/backend.hpp"
#include "api/log_line.hpp"

#include <filesystem>

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
    nlohmann::ordered_json fields{{"what", problem.what}};
    if (problem.position) fields["position"] = problem.position->value;
    if (backend_.data() != nullptr) fields["data"] = backend_.data()->path().string();
    if (const auto last = backups_.last().made) {
        fields["backup"] = last->backup.number.value;
        fields["backupDirectory"] = last->directory.string();
        fields["backupPosition"] = last->backup.head.position.value;
    }
    log_line(
        spdlog::level::err,
        "the log is damaged: stop the server, run sillok verify, keep the directory, and restore a backup beside it",
        fields);
}

}  // namespace sillok::api
