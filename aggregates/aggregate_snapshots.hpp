// Snapshots by stream, whatever aggregate the stream is of: which are of use, how to make one again, and whether
// one lies. "order-17" is an order's; of a stream of no aggregate there is no snapshot.
//
// Errors: as of StateAt: an event that this program cannot read throws StorageError.
#pragma once

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

// Whether this program would begin with the snapshot: it has the fingerprint of its aggregate.
bool is_usable(const StoredSnapshot& stored);

// One of all events that the stream has now; nothing when the stream is of no aggregate, is empty, or when `stop` was
// requested before the end was reached.
std::optional<Snapshot> replayed_snapshot(const EventStore& store, const std::string& stream,
                                          const std::stop_token& stop = {});

// Why the snapshot is not what the events up to its version give, so that with the events after it, it would not be
// what all events give; nothing when it is.
// REQUIRES: is_usable(stored).
std::optional<std::string> flaw_of(const EventStore& store, const StoredSnapshot& stored);

}  // namespace sillok
