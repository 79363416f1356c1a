// The newest states of one kind of aggregate, in memory: a bounded number, the least recently used go first. A state
// that is not there is loaded from its snapshot and the events after it.
//
// Ahead:   a state may be ahead of the disk, never of the log. What the log has accepted becomes durable, or the log
//          stops and no command is accepted any more.
// Threads: any thread may call shard_of(). Everything else of a shard needs its lock. Aggregates of different shards
//          never wait for each other.
// Errors:  an aggregate with an event that this program cannot read keeps the state before it, and says which event it
//          is. A log that cannot be read throws StorageError.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/shard_lock.hpp"
#include "aggregates/state_at.hpp"
#include "aggregates/unreadable_event.hpp"
#include "eventstore/base/assertion.hpp"
#include "eventstore/event_store.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

struct ProcessorOptions {
    std::size_t states_max = 100'000;
    // A snapshot after this many events, or later, when the events since the last one outweigh it. So making snapshots
    // costs a constant share of the work, however large a state grows. Measured (bench_aggregates): reading an event
    // costs about 0.8 us, making a small snapshot 3.4 us, loading it 2.5 us. So an aggregate of any age is loaded in at
    // most twice the time of one with ten events, for 0.3 us per event.
    std::uint64_t snapshot_events = 12;
};

template <Decider D>
class StateCache {
   public:
    struct Entry {
        std::string stream;
        StateAt<D> now{};
        Version snapshot_version{};  // of the newest snapshot, taken or loaded
        std::size_t snapshot_bytes = 0;
        std::unique_ptr<const UnreadableEvent> unreadable{};  // the state is the one before it; nothing may be decided
        bool pinned = false;                                  // a unit of work has events of it: it must stay in memory
    };
    struct Shard {
        ShardLock lock;
        std::list<Entry> by_use SILLOK_GUARDED_BY(lock.mutex);  // the last used is first
        boost::unordered_flat_map<std::string_view, typename std::list<Entry>::iterator, std::hash<std::string_view>>
            by_stream SILLOK_GUARDED_BY(lock.mutex);
    };
    using Events = std::vector<typename D::Event>;

    // REQUIRES: the store outlives the cache.
    StateCache(EventStore& store, ProcessorOptions options)
        : store_(store),
          options_(options),
          shard_states_max_(std::max<std::size_t>(1, options.states_max / shards_count)) {}

    Shard& shard_of(std::string_view stream) { return shards_[std::hash<std::string_view>{}(stream) % shards_count]; }

    // Finds the aggregate's entry or loads it. An event that could not be read is tried again: an operator may have
    // skipped it. The reference is valid while the lock is held, or while it is pinned.
    Entry& entry(Shard& shard, const std::string& stream) SILLOK_REQUIRES(shard.lock.mutex);

    // Takes the entry on by the durable events after its state.
    void catch_up(Entry& entry, Version until = newest) const;

    // Takes the entry on by events that the log has accepted; `last` is the position of the last one.
    void advance(Entry& entry, const Events& events, Position last);

    // REQUIRES: the events were decided on the state.
    // noexcept: a state that has only half of what the log has accepted must not live on.
    static void evolve(typename D::State& state, const Events& events) noexcept {
        for (const auto& event : events) {
            SILLOK_ASSERT(D::follows(state, event));
            state = D::evolve(std::move(state), event);
        }
    }

   private:
    static constexpr std::size_t shards_count = 64;
    // Roughly the weight of an event against a snapshot: the larger a snapshot, the more events are replayed after it.
    static constexpr std::uint64_t event_weight_bytes = 256;

    void make_room(Shard& shard) SILLOK_REQUIRES(shard.lock.mutex);
    Entry load(const std::string& stream) const;
    void take_snapshot_if_due(Entry& entry) const;

    EventStore& store_;
    const ProcessorOptions options_;
    const std::size_t shard_states_max_;
    std::array<Shard, shards_count> shards_;
};

template <Decider D>
auto StateCache<D>::entry(Shard& shard, const std::string& stream) -> Entry& {
    if (const auto found = shard.by_stream.find(stream); found != shard.by_stream.end()) {
        shard.by_use.splice(shard.by_use.begin(), shard.by_use, found->second);
        if (auto& known = shard.by_use.front(); known.unreadable) catch_up(known);
    } else {
        make_room(shard);
        shard.by_use.push_front(load(stream));
        shard.by_stream.emplace(shard.by_use.front().stream, shard.by_use.begin());
    }
    return shard.by_use.front();
}

// A state that is not durable yet stays even beyond the limit: loaded again, it would be an older one.
template <Decider D>
void StateCache<D>::make_room(Shard& shard) {
    while (shard.by_use.size() >= shard_states_max_ && !shard.by_use.back().pinned &&
           shard.by_use.back().now.position <= store_.head()) {
        shard.by_stream.erase(shard.by_use.back().stream);
        shard.by_use.pop_back();
    }
}

template <Decider D>
auto StateCache<D>::load(const std::string& stream) const -> Entry {
    Entry entry{.stream = stream};
    if (store_.is_new(stream)) return entry;  // most are
    const auto end = store_.version_of(stream);
    if (const auto snapshot = store_.load_snapshot(stream); snapshot && snapshot->version <= end) {
        if (auto restored = StateAt<D>::restore(*snapshot)) {
            entry.now = *std::move(restored);
            entry.snapshot_version = snapshot->version;
            entry.snapshot_bytes = snapshot->state.size();
        }
    }
    catch_up(entry, end);
    // A long replay, because there was no usable snapshot, is needed once: the next one starts from this snapshot.
    take_snapshot_if_due(entry);
    return entry;
}

template <Decider D>
void StateCache<D>::catch_up(Entry& entry, Version until) const {
    auto reached = entry.now.catch_up(store_, entry.stream, until);
    entry.unreadable.reset();
    if (!reached) entry.unreadable = std::make_unique<const UnreadableEvent>(std::move(reached).error());
}

template <Decider D>
void StateCache<D>::advance(Entry& entry, const Events& events, Position last) {
    evolve(entry.now.state, events);
    entry.now.version = Version{entry.now.version.value + events.size()};
    entry.now.position = last;
    take_snapshot_if_due(entry);
}

template <Decider D>
void StateCache<D>::take_snapshot_if_due(Entry& entry) const {
    const auto events = entry.now.version.value - entry.snapshot_version.value;
    if (events < std::max(options_.snapshot_events, entry.snapshot_bytes / event_weight_bytes)) return;
    auto snapshot = entry.now.snapshot();
    entry.snapshot_version = snapshot.version;
    entry.snapshot_bytes = snapshot.state.size();
    store_.save_snapshot_with_next(entry.stream, std::move(snapshot));
}

}  // namespace sillok
