// Decides whether a commit may be accepted: a function of the accepted log and the commit, nothing else.
//
// Errors: a refusal is a value; a look-up that fails throws StorageError.
#pragma once

#include "eventstore/writer/accepted_log.hpp"

#include <expected>
#include <optional>
#include <vector>

namespace sillok {

// Finds the commit by its command id or its events' ids. Returns its place if it was accepted before, nothing if it is
// new, and event_id_known if only some of its events are known, or are known elsewhere.
std::expected<std::optional<AcceptedCommit>, AppendError> find_repeated(const Commit& commit, AcceptedLog& log);

// Returns the first condition that the log violates: a stream's expected version, then a condition on tags. `end` is
// the last accepted position. `streams` receives the streams that the commit writes to, in its order.
std::optional<AppendError> find_violation(const Commit& commit, Position end, AcceptedLog& log,
                                          std::vector<AcceptedLog::Stream>& streams);

}  // namespace sillok
