// An append-only log of events, grouped into streams.
//
// Order:      a stream's events are numbered 1, 2, 3 ... without gaps (Version); Position orders the
//             whole log, without gaps. Readers remember Positions.
// Atomicity:  a commit's events become durable together, or none of them does.
// Visibility: nothing can be read before it is durable. One synced write makes durable all that waits
//             (group commit); while one group is being synced the next one gathers.
// Failure:    when a write or a sync fails the log stops for good: errc::log_unavailable for every
//             proposal from then on, and for those that wait. Reads go on.
// Threads:    any thread may call any member; a coroutine continues on its own executor. The store writes in a thread
//             of its own, unless it was told that its caller does (write_waiting): then all is one thread's.
// Disk:       behind LogStorage (log_storage.hpp), with a twin in memory.
#pragma once

#include "eventstore/commit.hpp"
#include "eventstore/event_batch.hpp"
#include "eventstore/event_filter.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/proof/log_tree.hpp"
#include "eventstore/reader_checkpoint.hpp"
#include "eventstore/snapshot.hpp"
#include "eventstore/storage/log_storage.hpp"
#include "eventstore/watermark.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <stop_token>
#include <string_view>

namespace sillok {

class Subscription;

struct EventStoreOptions {
    std::size_t waiting_bytes_max = 64u << 20;  // proposed and not yet durable; beyond it: errc::overloaded
    std::size_t tail_bytes_max = 64u << 20;     // newest events kept in memory for subscriptions
    std::size_t heads_max = 200'000;            // stream heads kept in memory
    std::size_t commands_max = 100'000;         // newest command ids kept in memory
    bool hashing = true;                        // false for measuring only: a log written without does not verify
    enum class Writer : std::uint8_t { own_thread, caller } writer = Writer::own_thread;
};

class EventStore {
   public:
    // Takes up the log where its storage ends. Shared, for storage may outlive the store: a disk does.
    explicit EventStore(std::shared_ptr<LogStorage> storage, EventStoreOptions options = {});
    ~EventStore();  // makes durable what was proposed, then stops; with Writer::caller it only stops, as if it crashed
    EventStore(const EventStore&) = delete;
    EventStore& operator=(const EventStore&) = delete;

    // Checks a commit and gives it its positions at once; it becomes durable later, in position order, so
    // whatever is proposed after it can never be durable without it. Does not block on the disk.
    // A commit is accepted or refused as a function of the log and the commit alone.
    std::expected<Appended, AppendError> propose(const Commit& commit);

    // Waits until everything up to `position` is durable. Fails with log_unavailable or closed.
    asio::awaitable<std::expected<void, errc>> durable(Position position);
    std::expected<void, errc> wait_durable(Position position);

    // propose, then durable. A commit that holds a receipt and no event is durable, too, when this returns. So is what
    // a refusal names: whoever is told of a conflict and reads finds the events that it is with, and no crash can make
    // them undone. (propose tells of what is only accepted yet.)
    asio::awaitable<std::expected<Appended, AppendError>> append(Commit commit);
    std::expected<Appended, AppendError> append_and_wait(const Commit& commit);

    // The last durable event's position.
    [[nodiscard]] Position head() const;
    // False once a write has failed or the store was closed.
    [[nodiscard]] bool accepting() const;
    // What the disk said when the log stopped; nothing while it is well.
    [[nodiscard]] std::optional<std::string> failure() const;

    // Up to `limit` events of one stream, from a version upwards, or from a version downwards. A batch also ends
    // at 8 MiB: only an empty one means that there is nothing more. Absent streams are empty.
    [[nodiscard]] EventBatch read_stream(std::string_view stream, Version from, std::size_t limit) const;
    [[nodiscard]] EventBatch read_stream_back(std::string_view stream, Version from, std::size_t limit) const;
    // Up to `limit` events after a position, in position order.
    [[nodiscard]] EventBatch read_log(Position after, std::size_t limit) const;
    // Up to `limit` events at and below a position, newest first.
    [[nodiscard]] EventBatch read_log_back(Position from, std::size_t limit) const;
    // The last durable version of a stream; 0 for an absent one.
    [[nodiscard]] Version version_of(std::string_view stream) const;

    // Whether nothing has been accepted for a stream yet, durable or just proposed.
    [[nodiscard]] bool is_new(std::string_view stream) const;

    // What a command id did, durable or just proposed; nothing for an unknown one.
    [[nodiscard]] std::optional<KnownCommand> find_command(const Uuid& command_id) const;
    // Replaces a known command's receipt; durable like an event of that moment (append_and_wait's rule).
    asio::awaitable<std::expected<void, errc>> replace_receipt(Uuid command_id, std::string receipt);

    // Everything after a position that the filter admits, then live.
    [[nodiscard]] Subscription subscribe(Position after, EventFilter filter = {});

    // Snapshots are not synced: the log can always replace one. A failed write stops the log, as any other.
    // REQUIRES: snapshot.position <= head().
    void save_snapshot(std::string_view stream, const Snapshot& snapshot);
    // The same with the next group that is written, or when the store ends: a write less, and nobody waits for the
    // writer. Only then can it be loaded. REQUIRES: the log has accepted the event at snapshot.position.
    void save_snapshot_with_next(std::string stream, Snapshot snapshot);
    [[nodiscard]] std::optional<Snapshot> load_snapshot(std::string_view stream) const;
    void drop_snapshot(std::string_view stream);

    // How far a reader has come, under a name of 1-255 bytes. Not synced, for syncing every step would slow the writer:
    // it outlives the process in any case, and after a power loss it may be an older one, never one ahead of the log,
    // for what a reader has seen was synced before. A failed write stops the log, as any other, and is told.
    // REQUIRES: checkpoint.seen <= head().
    std::expected<void, errc> save_checkpoint(std::string_view name, const ReaderCheckpoint& checkpoint);
    // Throws StorageError when it is damaged: then it can not be told what was seen.
    [[nodiscard]] std::optional<ReaderCheckpoint> load_checkpoint(std::string_view name) const;
    // In stream order; stops early when `visit` returns false.
    void each_snapshot(const std::function<bool(const StoredSnapshot&)>& visit) const;
    // Streams by name, with their last version, beginning with `prefix`; stops early when `visit` returns false.
    void each_stream(std::string_view prefix, const std::function<bool(std::string_view, Version)>& visit) const;

    // The Merkle tree over the durable events (log_tree.hpp): its root now, that an event stands in the log as it
    // was with `size` events, and that one such log is the beginning of another. errc::beyond_end for a position or
    // a size that does not exist, which 0 never does.
    [[nodiscard]] TreeHead tree_head() const;
    [[nodiscard]] std::expected<InclusionProof, errc> prove_inclusion(Position position, TreeSize size) const;
    [[nodiscard]] std::expected<ConsistencyProof, errc> prove_consistency(TreeSize from, TreeSize to) const;

    // What lies under the log, for verification.
    [[nodiscard]] const LogStorage& storage() const;

    // Writes what waits, as one group; false when nothing did, or when the log has stopped. Whoever waits for the disk
    // without it (wait_durable, append_and_wait) writes, too. REQUIRES: Writer::caller.
    bool write_waiting();
    [[nodiscard]] bool is_waiting() const;

    // Refuses proposals from here on, makes durable what was accepted, then ends every other wait with
    // errc::closed. Idempotent; does not block.
    void close();

   private:
    friend class Subscription;
    [[nodiscard]] Watermark& durable_mark() const;
    // The events after a position, from memory when they are new enough.
    // REQUIRES: there is a durable event after it.
    [[nodiscard]] EventBatch newest_or_stored(Position after, std::size_t limit) const;

    struct Parts;
    std::unique_ptr<Parts> parts_;
};

}  // namespace sillok
