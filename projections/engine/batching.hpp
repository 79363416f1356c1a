// How many events a read model takes into one write, and when it pauses. Pure.
//
// A row that many events touch is written once per batch, so larger batches cost less work per event. Smaller ones are
// visible sooner. A live read model therefore takes what is there, and only after a large batch it waits a moment for
// the next one, unless a reader is waiting. A rebuild has no readers and takes large batches.
#pragma once

#include "eventstore/position.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>

namespace sillok::batching {

constexpr std::uint64_t read_events_max = 4'096;  // read from the log at once
constexpr std::uint64_t live_events_max = 8'192;  // unwritten, of a read model that follows the log
constexpr std::uint64_t rebuild_events_max = 65'536;
constexpr std::uint64_t busy_events_min = 512;  // a batch of this many is a large one
constexpr std::chrono::milliseconds busy_pause{20};

// Whether a live read model takes further events into the batch, if there are any.
constexpr bool takes_more(std::uint64_t unwritten_events) { return unwritten_events < live_events_max; }

// How long a live read model waits after a batch while no reader is waiting.
constexpr std::chrono::milliseconds pause_after(std::uint64_t batch_events) {
    return batch_events >= busy_events_min ? busy_pause : std::chrono::milliseconds{0};
}

// Whether a rebuild has enough for a write.
constexpr bool is_full(std::uint64_t unwritten_events) { return unwritten_events >= rebuild_events_max; }

// How many events to read next on the way to `target`. REQUIRES: at < target.
constexpr std::uint64_t next_read(Position at, Position target) {
    return std::min(read_events_max, target.value - at.value);
}

// Whether so few events are left that a rebuild may finish while the live read model is stopped.
constexpr bool is_nearly_there(Position at, Position head) { return head.value - at.value <= rebuild_events_max; }

}  // namespace sillok::batching
