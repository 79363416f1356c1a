// Where an index of the log says something else than the events: the first event that it has wrong or lacks, or
// else the first entry that no event has made. For a log whose records are whole and whose index is known not to
// agree; verification finds that out faster, but not where.
//
// Nothing is found where the index agrees after all.
#pragma once

#include "eventstore/storage/log_storage.hpp"

#include <optional>
#include <string>

namespace sillok {

struct IndexProblem {
    std::optional<Position> position;
    std::string stream;  // empty where no single stream is affected
    std::string what;
};

// REQUIRES: every record of the log can be read.
std::optional<IndexProblem> find_in_stream_index(const LogStorage& storage);
std::optional<IndexProblem> find_in_command_index(const LogStorage& storage);
std::optional<IndexProblem> find_in_tag_index(const LogStorage& storage);
std::optional<IndexProblem> find_in_event_id_index(const LogStorage& storage);

}  // namespace sillok
