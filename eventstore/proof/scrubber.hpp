// Reads a log that is in use again and again, slowly, so that damage on its disk is found while there are backups to
// restore: every byte of every table file against the checksum that RocksDB keeps, from the disk and not from memory;
// then every record against its own checksum and the hash chain.
//
// Order:   one pass after another. A pass begins at the earliest a while after the one before began.
// Limits:  what is in no table yet, and the indexes' agreement with the records, is for verify.hpp to prove.
// Threads: one of its own; any thread may ask for the status. `on_damage` is called on its own.
#pragma once

#include "eventstore/base/clock.hpp"
#include "eventstore/base/mutex.hpp"
#include "eventstore/base/pace.hpp"
#include "eventstore/base/sha256.hpp"
#include "eventstore/proof/log_problem.hpp"
#include "eventstore/storage/rocks_log.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace sillok {

struct ScrubOptions {
    // REQUIRES: not 0. Nothing: as fast as it takes to read everything within `within`.
    std::optional<std::uint64_t> bytes_per_second = {};
    std::chrono::seconds within = std::chrono::days{7};
    std::chrono::milliseconds least_pass = std::chrono::hours{1};  // from the beginning of a pass to the next one's
    std::function<void(const LogProblem&)> on_damage = {};         // once for each damage; throws nothing
};

struct ScrubStatus {
    std::uint64_t bytes_per_second = 0;
    std::uint64_t passes = 0;                 // whole ones
    std::optional<Timestamp> last_pass = {};  // when the last whole one ended
    bool reads_tables = true;                 // or the records
    std::uint64_t bytes_read = 0;             // in this pass
    std::uint64_t tables_read = 0;            // likewise
    Position position;                        // the records up to here were compared in this pass
    std::vector<LogProblem> damages;          // the first ones that were found since the start
};

// What reads everything within a time: a rate, never below a least one.
std::uint64_t scrub_rate(std::uint64_t bytes, std::chrono::seconds within);

class Scrubber {
   public:
    // REQUIRES: the log and the clock outlive it.
    Scrubber(const RocksLog& log, const Clock& clock, ScrubOptions options);
    Scrubber(const Scrubber&) = delete;
    Scrubber& operator=(const Scrubber&) = delete;

    [[nodiscard]] ScrubStatus status() const SILLOK_EXCLUDES(mutex_);
    void stop() { thread_.request_stop(); }

   private:
    void run(const std::stop_token& stop);
    void run_pass(Pace& pace);
    bool read_tables(Pace& pace);
    bool read_table(const TableFile& table, Pace& pace);
    bool read_records(Pace& pace);
    void damaged(LogProblem problem) SILLOK_EXCLUDES(mutex_);
    template <class Change>
    void change(Change&& change) SILLOK_EXCLUDES(mutex_);

    const RocksLog& log_;
    const Clock& clock_;
    const ScrubOptions options_;
    std::set<std::string> told_;  // the thread's
    mutable Mutex mutex_;
    ScrubStatus status_ SILLOK_GUARDED_BY(mutex_);
    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sillok
