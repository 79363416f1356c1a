// An aggregate as it was after one event of its stream, and the ways to get there: from its first event, or
// from a snapshot on. A snapshot is a shortcut and may be wrong, old or missing; the events are the truth.
//
// Errors: an event that this program cannot read throws StorageError, for then nothing can be decided.
#pragma once

#include "aggregates/decider.hpp"
#include "eventstore/position.hpp"
#include "eventstore/snapshot.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

class EventStore;

constexpr Version newest{std::numeric_limits<std::uint64_t>::max()};

template <Decider D>
struct StateAt {
    typename D::State state{};
    Version version;    // of the last event in it; 0: no event yet
    Position position;  // of that event

    // Adds what the stream holds beyond `version`, as far as it is durable and no further than `until`.
    void catch_up(const EventStore& store, const std::string& stream, Version until = newest);

    [[nodiscard]] Snapshot snapshot() const;
    // Nothing when the snapshot means something else to this program, or is damaged.
    static std::optional<StateAt> restore(const Snapshot& snapshot);
};

// The fingerprint of D's snapshots: another state_version is another fingerprint.
template <Decider D>
constexpr Fingerprint snapshot_fingerprint() {
    std::uint64_t hash = 0xcbf29ce484222325ULL;  // FNV-1a, 64 bits
    for (const char c : std::string_view{D::category}) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return Fingerprint{(hash ^ D::state_version) * 0x100000001b3ULL};
}

}  // namespace sillok
