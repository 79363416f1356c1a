// Proves a log whole: every record's checksum and place, the hash chain from the first event to the last,
// gapless positions and versions, that the indexes say what the records say, and the tree over it all.
#pragma once

#include "eventstore/proof/verified_head.hpp"
#include "eventstore/storage/log_storage.hpp"
#include "eventstore/storage/rocks_log.hpp"

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace sillok {

struct LogProblem {
    std::optional<Position> position;  // the first one affected, where there is one
    std::string stream;                // empty where no single stream is affected
    std::string what;
};

struct LogReport {
    std::uint64_t events = 0;
    std::uint64_t streams = 0;
    Position head;
    Hash chain_hash{};
    Hash root{};                       // of the tree over all events up to head
    Position from;                     // what was taken for granted: everything up to here; 0 where nothing was
    std::vector<LogProblem> problems;  // at most problems_max; an empty list is the proof

    [[nodiscard]] bool ok() const { return problems.empty(); }
};

constexpr std::size_t problems_max = 100;

// Reads everything once. `progress` hears the position now and then. Needs memory per stream, not per event.
// REQUIRES: nothing is being written.
LogReport verify_log(const LogStorage& storage, const std::function<void(Position)>& progress = {});

// Only what came after a head that was found whole before: the records since, that the tree then is the beginning of
// the tree now, and the entries that the new records must have in the indexes. The older records are not looked at,
// nor whatever else the indexes hold. `events` and `streams` of the report count what is new. Needs memory per new
// event. REQUIRES: nothing is being written.
LogReport verify_log_since(const LogStorage& storage, const VerifiedHead& since,
                           const std::function<void(Position)>& progress = {});

// Either of them for a log on disk that nobody has open, damaged however badly. Writes nothing.
LogReport verify_log_directory(const std::filesystem::path& directory,
                               const std::function<void(Position)>& progress = {}, const RocksLogOptions& options = {},
                               const std::optional<VerifiedHead>& since = {});

}  // namespace sillok
