#include "aggregates/snapshot_refresh.hpp"

#include "aggregates/aggregate_snapshots.hpp"
#include "aggregates/unreadable_event.hpp"
#include "eventstore/base/mutex.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using SteadyClock = std::chrono::steady_clock;

void rest(SteadyClock::duration how_long, const std::stop_token& stop) {
    Mutex mutex;
    StoppableCondition nobody_calls;
    MutexLock lock{mutex};
    nobody_calls.wait_for(lock, stop, how_long, [] { return false; });
}

constexpr std::size_t large_bytes = std::size_t{256} * 1024;  // loading a smaller one is not felt

// Names of streams, not their snapshots: there may be many.
struct Prepared {
    std::vector<std::string> large;
    std::vector<std::string> useless;
};

Prepared look_through(const EventStore& store, const std::stop_token& stop) {
    Prepared streams;
    store.each_snapshot([&](const StoredSnapshot& stored) {
        if (!is_usable(stored))
            streams.useless.push_back(stored.stream);
        else if (stored.snapshot.state.size() >= large_bytes)
            streams.large.push_back(stored.stream);
        return !stop.stop_requested();
    });
    return streams;
}

void refresh(EventStore& store, const std::string& stream, const std::stop_token& stop) {
    const auto present = store.load_snapshot(stream);
    if (present && is_usable({stream, *present})) return;  // a command processor was here first
    const auto snapshot = replayed_snapshot(store, stream, stop);
    // Storage shows events a moment before head() does.
    if (snapshot && store.wait_durable(snapshot->position)) store.save_snapshot(stream, *snapshot);
}

void load_all(const std::vector<std::string>& streams, const SnapshotRefresh::Load& load, const std::stop_token& stop) {
    for (const auto& stream : streams) {
        if (stop.stop_requested()) return;
        try {
            load(stream);
        } catch (const StreamUnreadable&) {
            continue;  // the first command gets the same error
        }
    }
}

void prepare(EventStore& store, const SnapshotRefresh::Load& load, const std::stop_token& stop) {
    try {
        const auto streams = look_through(store, stop);
        if (load) load_all(streams.large, load, stop);
        for (const auto& stream : streams.useless) {
            if (stop.stop_requested() || !store.accepting()) return;
            const auto began = SteadyClock::now();
            refresh(store, stream, stop);
            rest(SteadyClock::now() - began, stop);
        }
    } catch (const StorageError&) {
        return;  // only time is lost; every other user of the disk gets the same error
    }
}

}  // namespace

SnapshotRefresh::SnapshotRefresh(EventStore& store, Load load)
    : thread_([&store, load = std::move(load)](const std::stop_token& stop) { prepare(store, load, stop); }) {}

void SnapshotRefresh::finish() { thread_.join(); }

void SnapshotRefresh::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

}  // namespace sillok
