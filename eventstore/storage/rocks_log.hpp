// The log's storage in one RocksDB directory. Each group is one WriteBatch with one sync.
//
// Recovery: a write-ahead log whose end is torn is cut there, for what was torn was never acknowledged. Where
//           the cut would lose something that was, open() refuses, and the directory stays as it is. After a power
//           failure a disk that lost nothing but what was never synced can always be opened again.
// Failure:  after a failed write every write fails, RocksDB's own attempts to recover notwithstanding.
#pragma once

#include "eventstore/known_command.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <cstddef>
#include <expected>
#include <filesystem>
#include <memory>
#include <string>

namespace rocksdb {
class DB;
class Env;
}  // namespace rocksdb

namespace sillok {

struct RocksLogOptions {
    rocksdb::Env* disk = nullptr;  // where files are and who works in the background; null: this machine's.
                                   // REQUIRES: it outlives the log
    std::size_t write_buffer_bytes = 64u << 20;  // of events kept in memory before they become a table
    int opening_threads = 16;                    // per column family, while the tables are opened
};

class RocksLog final : public LogStorage {
   public:
    enum class Mode {
        create,     // a missing log is made
        existing,   // a missing log is an error
        read_only,  // nothing is written, not even RocksDB's own notes; opens what a cut leaves, for verification
    };
    // The error is one sentence for people.
    static std::expected<std::unique_ptr<RocksLog>, std::string> open(const std::filesystem::path& directory, Mode mode,
                                                                      const RocksLogOptions& options = {});
    ~RocksLog() override;

    [[nodiscard]] LogHead head() const override;
    [[nodiscard]] std::optional<Acknowledged> acknowledged() const override;
    // What is wrong with HEAD, if anything: one sentence. A log that was opened for writing has made it whole again.
    [[nodiscard]] std::optional<std::string> head_problem() const;
    // The same of the tables: reads each of them as a whole, those bytes too that no reader would ever look at.
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

    // For backups (backup.hpp), which RocksDB makes of its own files.
    [[nodiscard]] rocksdb::DB& database() const;

   private:
    struct Database;  // keeps RocksDB's headers out of everybody's way
    explicit RocksLog(std::unique_ptr<Database> database);
    static std::expected<std::unique_ptr<Database>, std::string> open_database(const std::filesystem::path& directory,
                                                                               Mode mode,
                                                                               const RocksLogOptions& options);
    static std::expected<std::unique_ptr<RocksLog>, std::string> open_writer(const std::filesystem::path& directory,
                                                                             Mode mode, const RocksLogOptions& options);
    [[nodiscard]] std::optional<std::string> lost() const;

    std::unique_ptr<Database> database_;
};

}  // namespace sillok
