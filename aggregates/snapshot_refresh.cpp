#include "aggregates/snapshot_refresh.hpp"

#include "aggregates/aggregate_snapshots.hpp"
#include "eventstore/base/mutex.hpp"

#include <chrono>
#include <optional>
#include <string>
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

// Names of streams, not their snapshots: those may be large, and there may be many.
std::vector<std::string> useless(const EventStore& store, const std::stop_token& stop) {
    std::vector<std::string> streams;
    store.each_snapshot([&](const StoredSnapshot& stored) {
        if (!is_usable(stored)) streams.push_back(stored.stream);
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

void refresh_all(EventStore& store, const std::stop_token& stop) {
    try {
        for (const auto& stream : useless(store, stop)) {
            if (stop.stop_requested() || !store.accepting()) return;
            const auto began = SteadyClock::now();
            try {
                refresh(store, stream, stop);
            } catch (
                const StorageError&) {  // an event that cannot be read: the next command to the aggregate reports it
                continue;
            }
            rest(SteadyClock::now() - began, stop);
        }
    } catch (const StorageError&) {
        return;  // only time is lost; every other user of the disk gets the same error
    }
}

}  // namespace

SnapshotRefresh::SnapshotRefresh(EventStore& store)
    : thread_([&store](const std::stop_token& stop) { refresh_all(store, stop); }) {}

void SnapshotRefresh::finish() { thread_.join(); }

void SnapshotRefresh::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

}  // namespace sillok
