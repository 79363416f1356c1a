// An append-only log of events, grouped into streams.
//
// Order:      a stream's events are numbered 1, 2, 3 ... without gaps (Version). Position orders the whole log, without
//             gaps, too. Readers remember positions. An event's time is its commit's, or the time of the event before
//             it where that is later: times never go back.
// Atomicity:  all events of a commit become durable together, or none.
// Visibility: nothing can be read before it is durable. One synced write makes all waiting commits durable (group
//             commit). While one group is being synced, the next one gathers.
// Failure:    after a failed write or sync the log stops for good: waiting proposals and all later ones get
//             errc::log_unavailable. Reads still work.
// Errors:     expected outcomes are values; a read that fails throws StorageError.
// Threads:    any thread may call any member. A coroutine continues on its own executor. The store writes in a thread
//             of its own, or in the caller's (EventStoreOptions::Writer): then all calls come from one thread.
// Disk:       behind LogStorage (storage/log_storage.hpp): RocksLog on disk, MemoryLog in memory.
#pragma once

#include "eventstore/commit.hpp"
#include "eventstore/event_batch.hpp"
#include "eventstore/event_filter.hpp"
#include "eventstore/event_store_options.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/log_identity.hpp"
#include "eventstore/proof/log_tree.hpp"
#include "eventstore/reader_checkpoint.hpp"
#include "eventstore/snapshot.hpp"
#include "eventstore/storage/log_storage.hpp"
#include "eventstore/watermark.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

class GroupWriter;
class Subscription;

class EventStore {
   public:
    // Continues the log where its storage ends. The storage is shared because it may outlive the store.
    explicit EventStore(std::shared_ptr<LogStorage> storage, EventStoreOptions options = {});
    // Makes durable what was proposed, then stops. With Writer::caller it only stops, as in a crash.
    ~EventStore();
    EventStore(const EventStore&) = delete;
    EventStore& operator=(const EventStore&) = delete;

    // Which log this is; it never changes while a store uses it.
    [[nodiscard]] const LogIdentity& identity() const { return identity_; }

    // Checks a commit and gives it its positions at once, without waiting for the disk. It becomes durable later, in
    // position order: what is proposed after it is never durable without it. The result depends only on the log and the
    // commit.
    std::expected<Appended, AppendError> propose(const Commit& commit);

    // Waits until everything up to `position` is durable. Fails with log_unavailable or closed.
    asio::awaitable<std::expected<void, errc>> durable(Position position);
    std::expected<void, errc> wait_durable(Position position);

    // Proposes and waits until the commit is durable; also a commit with a receipt and no event. On version_conflict,
    // condition_failed and event_id_known the events in conflict are already durable, so the caller can read them.
    asio::awaitable<std::expected<Appended, AppendError>> append(Commit commit);
    std::expected<Appended, AppendError> append_and_wait(const Commit& commit);

    // The last durable position, as a number and as a watermark to wait for.
    [[nodiscard]] Position head() const;
    [[nodiscard]] const Watermark<Position>& durable_mark() const;
    // False once a write has failed or the store was closed.
    [[nodiscard]] bool accepting() const;
    // The storage's error that stopped the log; nothing if it has not failed.
    [[nodiscard]] std::optional<std::string> failure() const;

    // Up to `limit` events of one stream, from a version upwards, or downwards. A batch also ends at 8 MiB: only an
    // empty one means that there are no more. An absent stream has none.
    [[nodiscard]] EventBatch read_stream(std::string_view stream, Version from, std::size_t limit) const;
    [[nodiscard]] EventBatch read_stream_back(std::string_view stream, Version from, std::size_t limit) const;
    // Up to `limit` events after a position, in position order.
    [[nodiscard]] EventBatch read_log(Position after, std::size_t limit) const;
    // The same from memory if the first event is recent enough; the batch may then end earlier, but is not empty.
    // REQUIRES: after < head().
    [[nodiscard]] EventBatch read_recent(Position after, std::size_t limit) const;
    // Up to `limit` events at and below a position, newest first.
    [[nodiscard]] EventBatch read_log_back(Position from, std::size_t limit) const;
    // The last durable version of a stream; 0 for an absent one.
    [[nodiscard]] Version version_of(std::string_view stream) const;

    // Whether no event of the stream has been accepted, durable or not.
    [[nodiscard]] bool is_new(std::string_view stream) const;

    // The log's entry for a command id, durable or not; nothing for an unknown one.
    [[nodiscard]] std::optional<KnownCommand> find_command(const Uuid& command_id) const;
    // Replaces a command's receipt and waits until that is durable. REQUIRES: the command is known.
    asio::awaitable<std::expected<void, errc>> replace_receipt(Uuid command_id, std::string receipt);

    // All events after a position that the filter admits, past ones first, then live ones.
    [[nodiscard]] Subscription subscribe(Position after, EventFilter filter = {});

    // Snapshots are not synced, because the log can always replace one. A failed write stops the log.
    // REQUIRES: snapshot.position <= head().
    void save_snapshot(std::string_view stream, const Snapshot& snapshot);
    // Saves the snapshot with the next group that is written, or when the store ends; it can be loaded only after that.
    // Saves a write, and does not wait. REQUIRES: the event at snapshot.position was accepted.
    void save_snapshot_with_next(std::string stream, Snapshot snapshot);
    [[nodiscard]] std::optional<Snapshot> load_snapshot(std::string_view stream) const;
    void drop_snapshot(std::string_view stream);

    // Saves how far a reader has come, under a name of 1-255 bytes. Not synced, because that would slow the writer: it
    // survives the process, but after a power loss an older one may be found. It is never ahead of the log. A failed
    // write stops the log and returns log_unavailable. REQUIRES: checkpoint.seen <= head().
    std::expected<void, errc> save_checkpoint(std::string_view name, const ReaderCheckpoint& checkpoint);
    // Throws StorageError when it is damaged, because nothing can replace it.
    [[nodiscard]] std::optional<ReaderCheckpoint> load_checkpoint(std::string_view name) const;
    // In stream order; stops early when `visit` returns false.
    void each_snapshot(const std::function<bool(const StoredSnapshot&)>& visit) const;
    // Streams by name, with their last version, beginning with `prefix`; stops early when `visit` returns false.
    void each_stream(std::string_view prefix, const std::function<bool(std::string_view, Version)>& visit) const;

    // The Merkle tree over the durable events (proof/log_tree.hpp): its root; a proof that an event is in the log of
    // `size` events; a proof that the log of `from` events is the beginning of the log of `to` events.
    // errc::beyond_end for 0, and for a position or size that does not exist yet.
    [[nodiscard]] TreeHead tree_head() const;
    [[nodiscard]] std::expected<InclusionProof, errc> prove_inclusion(Position position, TreeSize size) const;
    [[nodiscard]] std::expected<ConsistencyProof, errc> prove_consistency(TreeSize from, TreeSize to) const;

    // The storage, to be verified (proof/verify.hpp) or copied.
    [[nodiscard]] const LogStorage& storage() const;

    // Writes the waiting commits as one group; false if there are none, or if the log has stopped. wait_durable and
    // append_and_wait write, too. REQUIRES: Writer::caller.
    bool write_waiting();
    [[nodiscard]] bool is_waiting() const;

    // Refuses proposals from now on, makes durable what was accepted, then ends every other wait with errc::closed.
    // Idempotent. Does not block.
    void close();

   private:
    std::shared_ptr<LogStorage> storage_;
    LogIdentity identity_;
    std::unique_ptr<GroupWriter> writer_;
};

}  // namespace sillok
