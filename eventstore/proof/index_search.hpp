// Finds the first difference between an index of the log and the events: a wrong or missing entry, else a surplus one.
// Used when verification has found that an index does not agree: that is fast, but does not find the place.
//
// Returns nothing where the index agrees.
#pragma once

#include "eventstore/proof/log_problem.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <optional>

namespace sillok {

// REQUIRES: every record of the log can be read.
std::optional<LogProblem> find_in_stream_index(const LogStorage& storage);
std::optional<LogProblem> find_in_command_index(const LogStorage& storage);
std::optional<LogProblem> find_in_tag_index(const LogStorage& storage);
std::optional<LogProblem> find_in_event_id_index(const LogStorage& storage);

}  // namespace sillok
