// An aggregate as it was after one event of its stream, and the two ways to get there: from its first event, or from a
// snapshot and the events after it. A snapshot only saves time and may be old or missing; the events are the truth.
//
// Skips:  an event that an operator has skipped is left out (skipped_event.hpp).
// Errors: an event that this program cannot read ends the way there, because no state after it can be known. That is a
//         value, and the state is the one before the event. A log that cannot be read throws StorageError.
#pragma once

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/codec/fields_schema.hpp"
#include "aggregates/decider.hpp"
#include "aggregates/skipped_event.hpp"
#include "aggregates/unreadable_event.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/position.hpp"
#include "eventstore/snapshot.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

namespace sillok {

constexpr Version newest{std::numeric_limits<std::uint64_t>::max()};

template <Decider D>
struct StateAt {
    typename D::State state{};
    Version version;    // of the last event in it; 0: no event yet
    Position position;  // of that event

    // Applies the durable events after `version`, up to `until`, or up to the first one that cannot be read.
    std::expected<void, UnreadableEvent> catch_up(const EventStore& store, const std::string& stream,
                                                  Version until = newest);

    [[nodiscard]] Snapshot snapshot() const;
    // Returns nothing when the snapshot has another fingerprint, or is damaged.
    static std::optional<StateAt> restore(const Snapshot& snapshot);

   private:
    std::expected<void, UnreadableEvent> apply(const EventStore& store, const Recorded& recorded,
                                               std::unordered_set<Uuid>& left_out);
};

// Identifies the meaning of D's snapshots: the fields of its State, down to the last nested one, and state_version,
// which is raised when evolve changes in a way that no field shows. Any such change gives another fingerprint.
template <Decider D>
Fingerprint snapshot_fingerprint();

namespace detail {

constexpr std::size_t page_events_max = 512;

constexpr std::uint64_t fnv1a(std::string_view bytes) {  // FNV-1a, 64 bits
    std::uint64_t hash = 0xcbf29ce484222325ULL;
    for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3ULL;
    return hash;
}

}  // namespace detail

template <Decider D>
std::expected<void, UnreadableEvent> StateAt<D>::catch_up(const EventStore& store, const std::string& stream,
                                                          Version until) {
    std::unordered_set<Uuid> left_out;
    while (version < until) {
        const EventBatch page = store.read_stream(stream, next(version), detail::page_events_max);
        if (page.empty()) return {};
        for (const Recorded& recorded : page) {
            if (recorded.version > until) return {};
            // A decision about an event that was applied, or that a snapshot may have: from the first event again.
            if (const auto skip = skip_in(recorded); skip && left_out.insert(skip->event_id).second) {
                *this = {};
                break;
            }
            if (auto applied = apply(store, recorded, left_out); !applied) return applied;
            version = recorded.version;
            position = recorded.position;
        }
    }
    return {};
}

// Applies one event, or finds that it is left out.
template <Decider D>
std::expected<void, UnreadableEvent> StateAt<D>::apply(const EventStore& store, const Recorded& recorded,
                                                       std::unordered_set<Uuid>& left_out) {
    if (is_skip(recorded) || (!left_out.empty() && left_out.contains(recorded.event_id))) return {};
    auto event = decode<typename D::Event>(recorded);
    if (event && D::follows(state, *event)) {
        state = D::evolve(std::move(state), *event);
        return {};
    }
    if (!skip_of(store, recorded)) {
        auto why = event ? contradiction(recorded) : std::move(event).error();
        return std::unexpected(unreadable(recorded, std::move(why)));
    }
    left_out.insert(recorded.event_id);
    return {};
}

template <Decider D>
Snapshot StateAt<D>::snapshot() const {
    return {snapshot_fingerprint<D>(), version, position, to_bytes(state)};
}

template <Decider D>
std::optional<StateAt<D>> StateAt<D>::restore(const Snapshot& snapshot) {
    if (snapshot.fingerprint != snapshot_fingerprint<D>()) return std::nullopt;
    StateAt at{{}, snapshot.version, snapshot.position};
    if (!from_bytes(snapshot.state, at.state)) return std::nullopt;
    return at;
}

template <Decider D>
Fingerprint snapshot_fingerprint() {
    static const Fingerprint fingerprint{detail::fnv1a(
        std::string{D::category} + '/' + std::to_string(D::state_version) + '/' + fields_schema<typename D::State>())};
    return fingerprint;
}

}  // namespace sillok
