// What a server does beside its requests for the log's sake: backups, on request and on schedule, and the scrub.
//
// Threads: any thread may call any member.
#pragma once

#include "api/backup_schedule.hpp"
#include "api/backup_worker.hpp"
#include "eventstore/proof/scrubber.hpp"

#include <cstdint>
#include <optional>

namespace sillok {
class Backend;
}

namespace sillok::api {

// How fast the log is scrubbed. Nothing: so that everything is read within a week.
struct ScrubWanted {
    std::optional<std::uint64_t> bytes_per_second = {};
};

struct UpkeepOptions {
    std::optional<ScheduleOptions> backups = {};  // REQUIRES: the backend has a directory for backups
    std::optional<ScrubWanted> scrub = {};        // nothing: it is not read
};

class Upkeep {
   public:
    // REQUIRES: the backend outlives it.
    Upkeep(const Backend& backend, const UpkeepOptions& options);

    [[nodiscard]] BackupWorker& backups() { return backups_; }
    [[nodiscard]] const BackupWorker& backups() const { return backups_; }
    // Null: there is none.
    [[nodiscard]] const BackupSchedule* schedule() const { return schedule_ ? &*schedule_ : nullptr; }
    [[nodiscard]] const Scrubber* scrubber() const { return scrubber_ ? &*scrubber_ : nullptr; }
    [[nodiscard]] Timestamp now() const;

    // Ends what is being done; it does nothing afterwards.
    void stop();

   private:
    void tell_damage(const LogProblem& problem) const;

    const Backend& backend_;
    BackupWorker backups_;
    std::optional<BackupSchedule> schedule_;
    std::optional<Scrubber> scrubber_;  // last: they use the members above
};

}  // namespace sillok::api
