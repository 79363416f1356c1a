#include "eventstore/event_store.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/mutex.hpp"
#include "eventstore/base/thread_name.hpp"
#include "eventstore/event_batch.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/limits.hpp"
#include "eventstore/storage/record.hpp"
#include "eventstore/subscription.hpp"
#include "eventstore/writer/group_commit_policy.hpp"
#include "eventstore/writer/recent_events.hpp"
#include "eventstore/writer/sealer.hpp"
#include "eventstore/writer/sequencer.hpp"

#include <algorithm>
#include <atomic>
#include <chrono>
#include <thread>
#include <utility>

namespace sillok {

namespace {

constexpr std::size_t read_bytes_max = 8u << 20;

// Records copied out of storage, and the views into them.
struct ReadEvents {
    std::string records;
    std::vector<Recorded> events;
};

// Runs a scan of storage and keeps up to `limit` events of it.
template <class Scan>
EventBatch collect(std::size_t limit, Scan&& scan) {
    struct Extent {
        Position position;
        std::size_t offset, length;
    };
    if (limit == 0) return {};
    auto read = std::make_shared<ReadEvents>();
    std::vector<Extent> extents;
    scan([&](Position position, std::string_view bytes) {
        extents.push_back({position, read->records.size(), bytes.size()});
        read->records += bytes;
        return extents.size() < limit && read->records.size() < read_bytes_max;
    });
    read->events.reserve(extents.size());
    for (const auto& [position, offset, length] : extents) {
        const auto event = record::read(position, std::string_view{read->records}.substr(offset, length));
        if (!event) throw StorageError("position " + std::to_string(position.value) + ": " + event.error().what);
        read->events.push_back(*event);
    }
    const std::span<const Recorded> events{read->events};
    return EventBatch{std::move(read), events};
}

}  // namespace

// Members by who touches them: constant; guarded by mutex; of the writing thread; shared by their own locks.
struct EventStore::Parts {
    Parts(std::shared_ptr<LogStorage> log_storage, EventStoreOptions opts)
        : storage(std::move(log_storage)),
          options(opts),
          sequencer(*storage, opts.heads_max, opts.commands_max),
          sealer(*storage, opts.hashing ? Sealer::Hashing::on : Sealer::Hashing::off),
          tail(opts.tail_bytes_max),
          head(storage->head().position) {}

    const std::shared_ptr<LogStorage> storage;
    const EventStoreOptions options;

    Mutex mutex;
    Condition work;  // for the writer: enough commits wait, or it is time to go
    Sequencer sequencer SILLOK_GUARDED_BY(mutex);
    std::size_t enough_commits SILLOK_GUARDED_BY(mutex) = 1;  // what the writer waits for
    std::atomic<std::size_t> writing_bytes = 0;               // of the group being synced
    std::atomic<bool> closing = false;                        // changed under mutex

    Sealer sealer;                // the writer's
    GroupCommitPolicy gathering;  // the writer's

    RecentEvents tail;
    Watermark head;     // the last durable event
    Watermark written;  // the last durable group, counted as positions are
    std::atomic<bool> failed = false;
    std::string failure SILLOK_GUARDED_BY(mutex);  // what the disk said

    std::thread writer;  // last: it starts when everything stands; none where the caller writes

    [[nodiscard]] errc why_not() const { return failed ? errc::log_unavailable : errc::closed; }

    void stop_for_good(std::string why) SILLOK_REQUIRES(mutex) {
        if (failed.exchange(true)) return;
        failure = std::move(why);
        closing = true;
        work.notify_one();
    }
    void fail(std::string why) {
        const MutexLock lock{mutex};
        stop_for_good(std::move(why));
    }

    // The writing thread: whatever has gathered while the last group was being synced is the next group.
    // When it ends, nothing will become durable any more, and whoever waits is told.
    void write_groups() {
        name_this_thread("log writer");
        try {
            while (auto group = next_group())
                if (const auto done = make_durable(*group); !done) fail(done.error());
            save_last_snapshots();
        } catch (const std::exception& error) {  // out of memory, OpenSSL: as bad as a failed disk
            fail(error.what());
        }
        head.close();
        written.close();
    }

    // Those that no group came for any more.
    void save_last_snapshots() {
        if (failed) return;
        OpenGroup last;
        {
            const MutexLock lock{mutex};
            last = sequencer.take_open();
        }
        for (const auto& [stream, snapshot] : last.snapshots)
            if (const auto done = storage->put_snapshot(stream, snapshot); !done) return fail(done.error());
    }

    [[nodiscard]] bool is_enough(const OpenGroup& open) const SILLOK_REQUIRES(mutex) {
        return open.commits >= enough_commits || open.records.size() >= GroupCommitPolicy::enough_bytes;
    }

    // Waits for something to write; nothing when the store was closed and all is written, or has failed.
    std::optional<OpenGroup> next_group() {
        MutexLock lock{mutex};
        const auto& open = sequencer.open();
        const auto waiting = open.commits;
        const auto patience = gathering.patience(waiting);
        enough_commits = 1;
        work.wait(lock, [&] { return closing || !open.empty(); });
        enough_commits = patience.commits;
        work.wait_for(lock, patience.at_most, [&]() SILLOK_REQUIRES(mutex) { return closing || is_enough(open); });
        if (failed || open.empty()) return std::nullopt;
        gathering.gathered(waiting, open.commits);
        auto group = sequencer.take_open();
        writing_bytes = group.records.size();
        return group;
    }

    bool write_waiting() {
        OpenGroup group;
        {
            const MutexLock lock{mutex};
            if (failed || sequencer.open().empty()) return false;
            group = sequencer.take_open();
        }
        try {
            const auto done = make_durable(group);
            if (done) return true;
            fail(done.error());
        } catch (const std::exception& error) {
            fail(error.what());
        }
        head.close();
        written.close();
        return false;
    }

    // Waits for the disk; where the caller is the one who writes, waiting is writing.
    bool wait(Watermark& mark, Position position) {
        if (options.writer == EventStoreOptions::Writer::own_thread) return mark.wait(position);
        while (mark.value() < position)
            if (!write_waiting()) return false;
        return true;
    }

    // The one call of the sequencer that may be made without the lock.
    void note_durable(std::uint64_t group) SILLOK_UNCHECKED { sequencer.durable_up_to(group); }

    std::expected<void, std::string> make_durable(OpenGroup& group) {
        auto sealed = sealer.seal(group);
        CommitGroup commit_group;
        commit_group.entries.reserve(group.events.size());
        for (const auto& placed : group.events)
            commit_group.entries.push_back({placed.position, placed.stream, placed.version,
                                            std::string_view{sealed->records}.substr(placed.offset, placed.length)});
        commit_group.new_streams = std::move(group.new_streams);
        commit_group.commands = std::move(group.commands);
        commit_group.tags = std::move(group.tags);
        commit_group.event_ids = std::move(group.event_ids);
        commit_group.tree_nodes = sealed->tree_nodes;
        commit_group.snapshots = std::move(group.snapshots);
        const auto begin = std::chrono::steady_clock::now();
        if (auto done = storage->write(commit_group); !done) return done;
        gathering.written(group.commits, std::chrono::steady_clock::now() - begin);

        note_durable(group.number);
        writing_bytes = 0;  // before anybody hears of it, for the answer to a full queue is to wait and try again
        if (!sealed->events.empty()) {
            const auto last = sealed->events.back().position;
            tail.push(std::move(sealed));
            head.advance(last);
        }
        written.advance(Position{group.number});
        return {};
    }

    std::expected<AcceptedCommit, AppendError> accept(const Commit& commit) SILLOK_REQUIRES(mutex) {
        try {
            return sequencer.accept(commit);
        } catch (const StorageError& error) {  // it could not look up what the log holds
            stop_for_good(error.what());
            return std::unexpected(AppendError{errc::log_unavailable, {}});
        }
    }

    // An answer, and the group that makes durable what it says: the commit, or what was accepted before it and
    // stands against it.
    struct Proposed {
        std::expected<Appended, AppendError> answer;
        Position group{};  // counted as positions are; 0: there is nothing to wait for
    };

    static bool is_about_the_log(errc code) {
        return code == errc::version_conflict || code == errc::condition_failed || code == errc::event_id_known;
    }

    Proposed propose(const Commit& commit) {
        const MutexLock lock{mutex};
        if (failed || closing) return {std::unexpected(AppendError{why_not(), {}})};
        const bool was_empty = sequencer.open().empty();
        if (sequencer.open().records.size() + writing_bytes > options.waiting_bytes_max)
            return {std::unexpected(AppendError{errc::overloaded, {}})};
        const auto accepted = accept(commit);
        if (accepted) {
            if (is_enough(sequencer.open())) work.notify_one();
            return {accepted->appended, Position{accepted->group}};
        }
        if (!is_about_the_log(accepted.error().code)) return {std::unexpected(accepted.error())};
        return {std::unexpected(accepted.error()), Position{sequencer.open().number - (was_empty ? 1 : 0)}};
    }
};

EventStore::EventStore(std::shared_ptr<LogStorage> storage, EventStoreOptions options)
    : parts_(std::make_unique<Parts>(std::move(storage), options)) {
    if (options.writer == EventStoreOptions::Writer::own_thread)
        parts_->writer = std::thread{[this] { parts_->write_groups(); }};
}

EventStore::~EventStore() {
    close();
    if (parts_->writer.joinable()) parts_->writer.join();
}

bool EventStore::write_waiting() { return parts_->write_waiting(); }

bool EventStore::is_waiting() const {
    const MutexLock lock{parts_->mutex};
    return !parts_->failed && !parts_->sequencer.open().empty();
}

void EventStore::close() {
    const MutexLock lock{parts_->mutex};
    parts_->closing = true;
    parts_->work.notify_one();
}

std::expected<Appended, AppendError> EventStore::propose(const Commit& commit) {
    return parts_->propose(commit).answer;
}

asio::awaitable<std::expected<void, errc>> EventStore::durable(Position position) {
    const bool reached = co_await parts_->head.reached(position);
    if (reached) co_return std::expected<void, errc>{};
    co_return std::unexpected(parts_->why_not());
}

std::expected<void, errc> EventStore::wait_durable(Position position) {
    if (parts_->wait(parts_->head, position)) return {};
    return std::unexpected(parts_->why_not());
}

asio::awaitable<std::expected<Appended, AppendError>> EventStore::append(Commit commit) {
    const auto proposed = parts_->propose(commit);
    const bool written = co_await parts_->written.reached(proposed.group);
    if (!written) co_return std::unexpected(AppendError{parts_->why_not(), {}});
    co_return proposed.answer;
}

std::expected<Appended, AppendError> EventStore::append_and_wait(const Commit& commit) {
    const auto proposed = parts_->propose(commit);
    if (!parts_->wait(parts_->written, proposed.group)) return std::unexpected(AppendError{parts_->why_not(), {}});
    return proposed.answer;
}

asio::awaitable<std::expected<void, errc>> EventStore::replace_receipt(Uuid command_id, std::string receipt) {
    Position group;
    {
        const MutexLock lock{parts_->mutex};
        if (parts_->failed || parts_->closing) co_return std::unexpected(parts_->why_not());
        group = Position{parts_->sequencer.open().number};
        const bool was_known = parts_->sequencer.replace_receipt(command_id, std::move(receipt));
        SILLOK_ASSERT(was_known);
        if (!was_known) co_return std::unexpected(errc::beyond_end);
        parts_->work.notify_one();
    }
    const bool written = co_await parts_->written.reached(group);
    if (written) co_return std::expected<void, errc>{};
    co_return std::unexpected(parts_->why_not());
}

Position EventStore::head() const { return parts_->head.value(); }
bool EventStore::accepting() const { return !parts_->failed && !parts_->closing; }

std::optional<std::string> EventStore::failure() const {
    const MutexLock lock{parts_->mutex};
    if (!parts_->failed) return std::nullopt;
    return parts_->failure;
}

EventBatch EventStore::read_stream(std::string_view stream, Version from, std::size_t limit) const {
    const auto head = parts_->storage->find_stream(stream);
    if (!head) return {};
    return collect(limit,
                   [&](const LogStorage::Visit& visit) { parts_->storage->scan_stream(head->number, from, visit); });
}

EventBatch EventStore::read_stream_back(std::string_view stream, Version from, std::size_t limit) const {
    const auto head = parts_->storage->find_stream(stream);
    if (!head) return {};
    return collect(
        limit, [&](const LogStorage::Visit& visit) { parts_->storage->scan_stream_back(head->number, from, visit); });
}

EventBatch EventStore::read_log(Position after, std::size_t limit) const {
    return collect(limit, [&](const LogStorage::Visit& visit) { parts_->storage->scan_log(next(after), visit); });
}

EventBatch EventStore::read_log_back(Position from, std::size_t limit) const {
    return collect(limit, [&](const LogStorage::Visit& visit) { parts_->storage->scan_log_back(from, visit); });
}

Version EventStore::version_of(std::string_view stream) const {
    const auto head = parts_->storage->find_stream(stream);
    return head ? head->version : Version{0};
}

bool EventStore::is_new(std::string_view stream) const {
    const MutexLock lock{parts_->mutex};
    return parts_->sequencer.is_new(stream);
}

std::optional<KnownCommand> EventStore::find_command(const Uuid& command_id) const {
    const MutexLock lock{parts_->mutex};
    return parts_->sequencer.find_command(command_id);
}

Subscription EventStore::subscribe(Position after, EventFilter filter) {
    return Subscription{*this, after, Subscription::batch_events_usual, std::move(filter)};
}

void EventStore::save_snapshot(std::string_view stream, const Snapshot& snapshot) {
    SILLOK_ASSERT(snapshot.position <= head());
    if (const auto done = parts_->storage->put_snapshot(stream, snapshot); !done) parts_->fail(done.error());
}

void EventStore::save_snapshot_with_next(std::string stream, Snapshot snapshot) {
    const MutexLock lock{parts_->mutex};
    parts_->sequencer.keep({std::move(stream), std::move(snapshot)});
}

std::optional<Snapshot> EventStore::load_snapshot(std::string_view stream) const {
    return parts_->storage->get_snapshot(stream);
}

void EventStore::drop_snapshot(std::string_view stream) {
    if (const auto done = parts_->storage->delete_snapshot(stream); !done) parts_->fail(done.error());
}

std::expected<void, errc> EventStore::save_checkpoint(std::string_view name, const ReaderCheckpoint& checkpoint) {
    SILLOK_ASSERT(checkpoint.seen <= head() && !name.empty() && name.size() <= limits::name_bytes_max);
    const auto done = parts_->storage->put_checkpoint(name, checkpoint);
    if (done) return {};
    parts_->fail(done.error());
    return std::unexpected(errc::log_unavailable);
}

std::optional<ReaderCheckpoint> EventStore::load_checkpoint(std::string_view name) const {
    return parts_->storage->get_checkpoint(name);
}

void EventStore::each_snapshot(const std::function<bool(const StoredSnapshot&)>& visit) const {
    parts_->storage->scan_snapshots(visit);
}

void EventStore::each_stream(std::string_view prefix,
                             const std::function<bool(std::string_view, Version)>& visit) const {
    parts_->storage->scan_streams(
        prefix, [&](std::string_view name, const StreamHead& head) { return visit(name, head.version); });
}

TreeHead EventStore::tree_head() const { return LogTree{*parts_->storage}.head(TreeSize{head().value}); }

std::expected<InclusionProof, errc> EventStore::prove_inclusion(Position position, TreeSize size) const {
    if (position.value == 0 || position.value > size.value || size.value > head().value)
        return std::unexpected(errc::beyond_end);
    return LogTree{*parts_->storage}.prove_inclusion(position, size);
}

std::expected<ConsistencyProof, errc> EventStore::prove_consistency(TreeSize from, TreeSize to) const {
    if (from.value == 0 || from > to || to.value > head().value) return std::unexpected(errc::beyond_end);
    return LogTree{*parts_->storage}.prove_consistency(from, to);
}

const LogStorage& EventStore::storage() const { return *parts_->storage; }

Watermark& EventStore::durable_mark() const { return parts_->head; }
EventBatch EventStore::newest_or_stored(Position after, std::size_t limit) const {
    auto batch = parts_->tail.after(after, limit);
    return batch ? *std::move(batch) : read_log(after, limit);
}

}  // namespace sillok
