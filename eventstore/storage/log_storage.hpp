// The disk under the log: writes groups durably and reads them. RocksLog (rocks_log.hpp) keeps them in RocksDB,
// MemoryLog (memory_log.hpp) in memory; both pass the same tests.
//
// Threads: write() is called by one thread at a time; everything else by any thread, also during write().
// Errors:  a failed write is returned. A failed read throws StorageError, because then nothing can be trusted.
#pragma once

#include "eventstore/commit.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/log_identity.hpp"
#include "eventstore/proof/merkle.hpp"
#include "eventstore/reader_checkpoint.hpp"
#include "eventstore/snapshot.hpp"
#include "eventstore/storage/head_file.hpp"

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

// The disk does not return what was written to it.
class StorageError : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A stream's number inside the storage: eight bytes that sort by age, instead of a name in random order.
using StreamNumber = Strong<struct StreamNumberTag, std::uint64_t>;

struct StreamHead {
    StreamNumber number;
    Version version;  // of its last event
};

// The end of the log.
struct LogHead {
    Position position;
    Hash chain_hash{};
    Timestamp time;            // of the last event
    StreamNumber last_stream;  // the highest number given to a stream
    std::uint64_t groups = 0;  // number of groups written
};

// Everything that one synced write makes durable.
struct CommitGroup {
    struct Entry {
        Position position;
        StreamNumber stream;
        Version version;
        std::string_view record;  // the bytes of record.hpp, sealed
    };
    struct NewStream {
        std::string name;
        StreamNumber number;
    };
    struct Command {
        Uuid id;
        KnownCommand known;
    };
    struct Tag {
        std::string tag;
        Position position;
        std::string type;
    };
    struct EventId {  // one that the caller chose
        Uuid id;
        Position position;
    };
    std::vector<Entry> entries;
    std::vector<NewStream> new_streams;
    std::vector<Command> commands;
    std::vector<Tag> tags;
    std::vector<EventId> event_ids;
    std::vector<TreeNode> tree_nodes;  // the nodes completed by the entries that log_tree.hpp keeps
    std::vector<StoredSnapshot> snapshots;
};

class LogStorage {
   public:
    virtual ~LogStorage() = default;

    // Its log id is nil only for a log of an older program that was opened for reading.
    [[nodiscard]] virtual LogIdentity identity() const = 0;
    // Synced. For a log that nobody uses yet: where a copy becomes a log of its own. Errors as for write().
    virtual std::expected<void, std::string> set_identity(const LogIdentity& identity) = 0;

    [[nodiscard]] virtual LogHead head() const = 0;
    // Up to where the log was acknowledged before it was opened; nothing if that is unknown.
    [[nodiscard]] virtual std::optional<Acknowledged> acknowledged() const = 0;

    // Makes the whole group durable (the fsync), or returns an error: one sentence for people. After an error the
    // disk's state is unknown until the log is reopened.
    virtual std::expected<void, std::string> write(const CommitGroup& group) = 0;

    [[nodiscard]] virtual std::optional<StreamHead> find_stream(std::string_view name) const = 0;
    [[nodiscard]] virtual std::optional<KnownCommand> find_command(const Uuid& id) const = 0;
    [[nodiscard]] virtual std::optional<Position> find_event_id(const Uuid& id) const = 0;

    // Records by position or by stream, forwards, from a first one; stops early when `visit` returns false.
    using Visit = std::function<bool(Position, std::string_view record)>;
    virtual void scan_log(Position from, const Visit& visit) const = 0;
    virtual void scan_log_back(Position from, const Visit& visit) const = 0;
    virtual void scan_stream(StreamNumber stream, Version from, const Visit& visit) const = 0;
    virtual void scan_stream_back(StreamNumber stream, Version from, const Visit& visit) const = 0;
    // The last name that begins with `prefix`.
    [[nodiscard]] virtual std::optional<std::string> last_stream(std::string_view prefix) const = 0;
    virtual void scan_streams(std::string_view prefix,
                              const std::function<bool(std::string_view, StreamHead)>& visit) const = 0;

    // A tag's events from a position upwards; stops early when `visit` returns false.
    using VisitTag = std::function<bool(std::string_view tag, Position, std::string_view type)>;
    virtual void scan_tag(std::string_view tag, Position from, const VisitTag& visit) const = 0;

    // For verification: every entry of each index, in key order.
    virtual void scan_index(const std::function<bool(StreamNumber, Version, Position)>& visit) const = 0;
    virtual void scan_commands(const std::function<bool(const Uuid&, const KnownCommand&)>& visit) const = 0;
    virtual void scan_tags(const VisitTag& visit) const = 0;
    virtual void scan_event_ids(const std::function<bool(const Uuid&, Position)>& visit) const = 0;

    // Complete nodes of the tree over the log, as log_tree.hpp keeps them; by level and index.
    [[nodiscard]] virtual std::optional<Hash> find_tree_node(unsigned level, std::uint64_t index) const = 0;
    virtual void scan_tree(const std::function<bool(const TreeNode&)>& visit) const = 0;

    // Not synced. Errors as for write().
    virtual std::expected<void, std::string> put_snapshot(std::string_view stream, const Snapshot& snapshot) = 0;
    [[nodiscard]] virtual std::optional<Snapshot> get_snapshot(std::string_view stream) const = 0;
    virtual std::expected<void, std::string> delete_snapshot(std::string_view stream) = 0;
    virtual void scan_snapshots(const std::function<bool(const StoredSnapshot&)>& visit) const = 0;

    // Not synced. Errors as for write(). A damaged checkpoint throws StorageError, because nothing can replace it.
    virtual std::expected<void, std::string> put_checkpoint(std::string_view name,
                                                            const ReaderCheckpoint& checkpoint) = 0;
    [[nodiscard]] virtual std::optional<ReaderCheckpoint> get_checkpoint(std::string_view name) const = 0;
    virtual void scan_checkpoints(
        const std::function<bool(std::string_view name, const ReaderCheckpoint&)>& visit) const = 0;
};

}  // namespace sillok
