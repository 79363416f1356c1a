// The log's storage in one RocksDB directory. Each group is one WriteBatch with one sync.
//
// Recovery: a write-ahead log whose end is torn is cut there, for what was torn was never acknowledged. Where
//           the cut would lose something that was, open() refuses, and the directory stays as it is.
#pragma once

#include "eventstore/log_storage.hpp"

#include <expected>
#include <filesystem>
#include <memory>
#include <string>

namespace sillok {

class RocksLog final : public LogStorage {
   public:
    enum class Mode {
        create,     // a missing log is made
        existing,   // a missing log is an error
        read_only,  // nothing is written, not even RocksDB's own notes; opens what a cut leaves, for verification
    };
    // The error is one sentence for people.
    static std::expected<std::unique_ptr<RocksLog>, std::string> open(const std::filesystem::path& directory,
                                                                      Mode mode);
    ~RocksLog() override;

    [[nodiscard]] LogHead head() const override;
    [[nodiscard]] std::optional<Acknowledged> acknowledged() const override;
    std::expected<void, std::string> write(const CommitGroup& group) override;
    [[nodiscard]] std::optional<StreamHead> find_stream(std::string_view name) const override;
    [[nodiscard]] std::optional<KnownCommand> find_command(const Uuid& id) const override;
    [[nodiscard]] std::optional<Position> find_event_id(const Uuid& id) const override;
    void scan_log(Position from, const Visit& visit) const override;
    void scan_log_back(Position from, const Visit& visit) const override;
    void scan_stream(StreamNumber stream, Version from, const Visit& visit) const override;
    void scan_stream_back(StreamNumber stream, Version from, const Visit& visit) const override;
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

   private:
    struct Database;  // keeps RocksDB's headers out of everybody's way
    RocksLog(std::unique_ptr<Database> database, const std::expected<Acknowledged, std::string>& claimed);
    static std::expected<std::unique_ptr<Database>, std::string> open_database(const std::filesystem::path& directory,
                                                                               Mode mode);
    [[nodiscard]] std::optional<std::string> lost() const;

    std::unique_ptr<Database> database_;
};

}  // namespace sillok
