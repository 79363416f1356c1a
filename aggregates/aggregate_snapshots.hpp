// Snapshots by stream name, for every kind of aggregate: which can be used, how to make one again, and whether one is
// wrong. Also where a stream cannot be followed. A stream of no aggregate has no snapshot.
//
// Errors: a stream with an event that this program cannot read has no snapshot beyond it. A log that cannot be read
//         throws StorageError.
#pragma once

#include "aggregates/unreadable_event.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/snapshot.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

// The categories of the streams that have snapshots: "product", "stock" ...
std::vector<std::string_view> snapshot_categories();

// Whether this program would use the snapshot: it has the fingerprint of its aggregate.
bool is_usable(const StoredSnapshot& stored);

// Returns a snapshot after the last event of the stream, or before the first one that this program cannot read.
// Returns nothing when the stream is of no aggregate, has no event that can be read, or when `stop` was requested
// before the end was reached.
std::optional<Snapshot> replayed_snapshot(const EventStore& store, const std::string& stream,
                                          const std::stop_token& stop = {});

// Returns the event at which the aggregate's stream cannot be followed; nothing if it can, or is of no aggregate.
std::optional<UnreadableEvent> first_unreadable(const EventStore& store, const std::string& stream);

// Compares the snapshot with a replay up to its version. Returns the first difference, or nothing.
// REQUIRES: is_usable(stored).
std::optional<std::string> flaw_of(const EventStore& store, const StoredSnapshot& stored);

}  // namespace sillok
