// Proves a log whole: every record's checksum and place, the hash chain from the first event to the last,
// gapless positions and versions, and that the indexes say what the records say.
#pragma once

#include "eventstore/log_storage.hpp"
#include "eventstore/rocks_log.hpp"

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
    std::vector<LogProblem> problems;  // at most problems_max; an empty list is the proof

    [[nodiscard]] bool ok() const { return problems.empty(); }
};

constexpr std::size_t problems_max = 100;

// Reads everything once. `progress` hears the position now and then. Needs memory per stream, not per event.
// REQUIRES: nothing is being written.
LogReport verify_log(const LogStorage& storage, const std::function<void(Position)>& progress = {});

// The same for a log on disk that nobody has open, damaged however badly. Writes nothing.
LogReport verify_log_directory(const std::filesystem::path& directory,
                               const std::function<void(Position)>& progress = {}, const RocksLogOptions& options = {});

}  // namespace sillok
