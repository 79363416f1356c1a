// Verifies a log: every record's checksum and position, the hash chain from the first event to the last, positions and
// versions without gaps, that the indexes agree with the records, and the Merkle tree over all of it.
#pragma once

#include "eventstore/proof/log_problem.hpp"
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

constexpr std::size_t problems_max = 100;

struct LogReport {
    std::uint64_t events = 0;
    std::uint64_t streams = 0;
    LogIdentity log;  // nil id: it has none yet
    Position head;
    Hash chain_hash{};
    Hash root{};                       // of the tree over all events up to head
    Position from;                     // everything up to here was trusted, not read; 0: nothing
    std::vector<LogProblem> problems;  // problems_max at most; empty: the log is proven

    [[nodiscard]] bool ok() const { return problems.empty(); }
};

// Reads everything once. `progress` is called with the position from time to time. Needs memory per stream, not per
// event. REQUIRES: nothing is being written.
LogReport verify_log(const LogStorage& storage, const std::function<void(Position)>& progress = {});

// Verifies only the events after a head that was verified before: the new records, that the tree of that head is the
// beginning of the tree now, and the entries of the new records in the indexes. Older records and other index entries
// are not read. The report counts new events and their streams. Needs memory per new event.
// REQUIRES: nothing is being written.
LogReport verify_log_since(const LogStorage& storage, const VerifiedHead& since,
                           const std::function<void(Position)>& progress = {});

// Either of them for a log on disk that no process has open, however badly it is damaged. Writes nothing.
LogReport verify_log_directory(const std::filesystem::path& directory,
                               const std::function<void(Position)>& progress = {}, const RocksLogOptions& options = {},
                               const std::optional<VerifiedHead>& since = {});

}  // namespace sillok
