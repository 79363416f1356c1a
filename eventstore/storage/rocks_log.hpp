// The log's storage in one RocksDB directory. Each group is one WriteBatch with one sync.
//
// Recovery: a write-ahead log with a torn end is cut there: the torn part was never acknowledged. If the cut would lose
//           something that was acknowledged, open() refuses and changes nothing. A disk that lost only unsynced writes
//           in a power failure can always be opened again.
// Failure:  after a failed write every write fails; RocksDB's own attempts to recover are switched off.
#pragma once

#include "eventstore/known_command.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace rocksdb {
class BackupEngine;
class Env;
}  // namespace rocksdb

namespace sillok {

// When receipts leave the disk. The entry of the command stays: its id, and which events it made.
// A receipt is taken out when its file is merged, which happens at this age at the latest, file after file and beside
// the requests. Until then it can be read. A crash changes nothing: what was not taken out is taken out later.
struct ReceiptRetention {
    std::chrono::seconds keep{};  // at least 1 s
    // Whether nobody will ask for this receipt any more. REQUIRES: it throws nothing, and any thread may call it.
    std::function<bool(const KnownCommand&)> is_over;
};

class RocksLog;

struct RocksLogOptions {
    // The files and the background threads; null: the machine's. REQUIRES: it outlives the log.
    rocksdb::Env* disk = nullptr;
    std::size_t write_buffer_bytes = 64u << 20;     // events kept in memory before they are written as a table
    int opening_threads = 16;                       // per column family, to open the tables
    std::optional<Uuid> log_id = {};                // of a log that has none yet; nothing: a new one
    std::optional<ReceiptRetention> receipts = {};  // nothing: they stay
    // Why this log is not the one that is wanted, or nothing. Asked once, before anything is written to a log with
    // events; what it returns is the error of open().
    std::function<std::optional<std::string>(const RocksLog&)> objection = {};
};

// A table file of the log as RocksDB knows it.
struct TableFile {
    std::uint64_t number = 0;
    std::filesystem::path path;
    std::uint64_t bytes = 0;
    std::optional<std::uint32_t> crc32c;  // of the whole file; nothing: it was not kept
};

class RocksLog final : public LogStorage {
   public:
    enum class Mode {
        create,     // creates a missing log
        existing,   // a missing log is an error
        read_only,  // writes nothing, not even RocksDB's own log; also opens a log with a torn end, for verification
    };
    // The error is one sentence for people.
    static std::expected<std::unique_ptr<RocksLog>, std::string> open(const std::filesystem::path& directory, Mode mode,
                                                                      const RocksLogOptions& options = {});
    ~RocksLog() override;

    [[nodiscard]] LogIdentity identity() const override { return identity_; }
    std::expected<void, std::string> set_identity(const LogIdentity& identity) override;
    [[nodiscard]] LogHead head() const override;
    [[nodiscard]] std::optional<Acknowledged> acknowledged() const override;
    // The problem with HEAD, if any: one sentence. Opening for writing repairs HEAD.
    [[nodiscard]] std::optional<std::string> head_problem() const;
    // The problem with one copy of the log's identity, if any. Opening for writing repairs it.
    [[nodiscard]] std::optional<std::string> identity_problem() const { return identity_problem_; }
    // The problem with the tables, if any. Reads them completely, including bytes that no look-up would read.
    [[nodiscard]] std::optional<std::string> table_problem() const;
    std::expected<void, std::string> write(const CommitGroup& group) override;
    [[nodiscard]] std::optional<StreamHead> find_stream(std::string_view name) const override;
    [[nodiscard]] std::optional<KnownCommand> find_command(const Uuid& id) const override;
    [[nodiscard]] std::optional<Position> find_event_id(const Uuid& id) const override;
    void scan_log(Position from, const Visit& visit) const override;
    void scan_log_back(Position from, const Visit& visit) const override;
    void scan_stream(StreamNumber stream, Version from, const Visit& visit) const override;
    void scan_stream_back(StreamNumber stream, Version from, const Visit& visit) const override;
    [[nodiscard]] std::optional<std::string> last_stream(std::string_view prefix) const override;
    void scan_streams(std::string_view prefix,
                      const std::function<bool(std::string_view, StreamHead)>& visit) const override;
    void scan_index(const std::function<bool(StreamNumber, Version, Position)>& visit) const override;
    void scan_tag(std::string_view tag, Position from, const VisitTag& visit) const override;
    void scan_commands(const std::function<bool(const Uuid&, const KnownCommand&)>& visit) const override;
    void scan_tags(const VisitTag& visit) const override;
    void scan_event_ids(const std::function<bool(const Uuid&, Position)>& visit) const override;
    [[nodiscard]] std::optional<Hash> find_tree_node(unsigned level, std::uint64_t index) const override;
    void scan_tree(const std::function<bool(const TreeNode&)>& visit) const override;
    std::expected<void, std::string> put_snapshot(std::string_view stream, const Snapshot& snapshot) override;
    [[nodiscard]] std::optional<Snapshot> get_snapshot(std::string_view stream) const override;
    std::expected<void, std::string> delete_snapshot(std::string_view stream) override;
    void scan_snapshots(const std::function<bool(const StoredSnapshot&)>& visit) const override;
    std::expected<void, std::string> put_checkpoint(std::string_view name, const ReaderCheckpoint& checkpoint) override;
    [[nodiscard]] std::optional<ReaderCheckpoint> get_checkpoint(std::string_view name) const override;
    void scan_checkpoints(
        const std::function<bool(std::string_view name, const ReaderCheckpoint&)>& visit) const override;

    // Copies the log's files with RocksDB's backup engine (backup.hpp) and keeps `note` with them. Returns the backup's
    // number; the error is one sentence for people.
    [[nodiscard]] std::expected<std::uint32_t, std::string> copy_files(
        rocksdb::BackupEngine& engine, const std::string& note, const std::function<void()>& progress = {}) const;
    // As scan_log(), but what it reads takes no place in memory of what is read often.
    void scan_log_once(Position from, const Visit& visit) const;
    // The tables as they are now. A merge may remove one at any time.
    [[nodiscard]] std::vector<TableFile> table_files() const;
    // The bytes that are in no table yet.
    [[nodiscard]] std::uint64_t bytes_in_memory() const;
    // Whether RocksDB is writing or merging tables in the background.
    [[nodiscard]] bool is_merging() const;

   private:
    struct Database;  // hides RocksDB's headers
    explicit RocksLog(std::unique_ptr<Database> database);
    static std::expected<std::unique_ptr<Database>, std::string> open_database(const std::filesystem::path& directory,
                                                                               Mode mode,
                                                                               const RocksLogOptions& options);
    static std::expected<std::unique_ptr<RocksLog>, std::string> open_writer(const std::filesystem::path& directory,
                                                                             Mode mode, const RocksLogOptions& options);
    [[nodiscard]] std::optional<std::string> objection_of(const RocksLogOptions& options) const;
    [[nodiscard]] std::optional<std::string> lost(const std::filesystem::path& directory) const;
    // False if it has none. Throws StorageError if no copy of it can be read.
    bool read_identity();

    std::unique_ptr<Database> database_;
    LogIdentity identity_;
    std::optional<std::string> identity_problem_;
};

}  // namespace sillok
