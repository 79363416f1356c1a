#include "api/handlers/upkeep_json.hpp"

#include "eventstore/base/rfc3339.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace sillok::api {

namespace {

std::int64_t seconds_between(Timestamp earlier, Timestamp later) {
    return std::max<std::int64_t>(0, later.value - earlier.value) / 1'000;
}

Json made_json(const BackupsMade::Success& made, Timestamp now) {
    return {{"time", rfc3339(made.time)},
            {"ageSeconds", seconds_between(made.time, now)},
            {"directory", made.directory.string()},
            {"backup", made.backup.number.value},
            {"head", made.backup.head.position.value},
            {"bytes", made.backup.bytes}};
}

Json failed_json(const BackupsMade::Failure& failed, Timestamp now) {
    return {{"time", rfc3339(failed.time)},
            {"ageSeconds", seconds_between(failed.time, now)},
            {"directory", failed.directory.string()},
            {"reason", failed.what}};
}

Json problem_json(const LogProblem& problem) {
    Json json;
    if (problem.position) json["position"] = problem.position->value;
    json["what"] = problem.what;
    return json;
}

}  // namespace

Json backups_json(const Upkeep& upkeep) {
    const auto last = upkeep.backups().last();
    const auto now = upkeep.now();
    Json json{{"allowed", upkeep.backups().is_allowed()},
              {"result", last.failed ? "failed"
                         : last.made ? "made"
                                     : "none"}};
    if (last.made) json["made"] = made_json(*last.made, now);
    if (last.failed) json["failed"] = failed_json(*last.failed, now);
    if (const auto* schedule = upkeep.schedule()) {
        json["everySeconds"] = std::chrono::duration_cast<std::chrono::seconds>(schedule->every()).count();
        json["next"] = rfc3339(schedule->next());
    }
    return json;
}

Json scrub_json(const Upkeep& upkeep) {
    const auto* scrubber = upkeep.scrubber();
    if (scrubber == nullptr) return {{"running", false}};
    const auto status = scrubber->status();
    auto damages = Json::array();
    for (const auto& problem : status.damages) damages.push_back(problem_json(problem));
    Json json{{"running", true},
              {"bytesPerSecond", status.bytes_per_second},
              {"reads", status.reads_tables ? "tables" : "events"},
              {"tablesRead", status.tables_read},
              {"bytesRead", status.bytes_read},
              {"position", status.position.value},
              {"passes", status.passes}};
    if (status.last_pass) json["lastPass"] = rfc3339(*status.last_pass);
    json["damages"] = std::move(damages);
    return json;
}

}  // namespace sillok::api
