// The log's storage in memory: for tests, and where nothing must outlive the process.
//
// Threads: as for LogStorage.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <deque>
#include <map>
#include <string>
#include <unordered_map>
#include <utility>

namespace sillok {

class MemoryLog : public LogStorage {
   public:
    MemoryLog();  // a new log
    explicit MemoryLog(LogIdentity identity);

    [[nodiscard]] LogIdentity identity() const override;
    std::expected<void, std::string> set_identity(const LogIdentity& identity) override;

    [[nodiscard]] LogHead head() const override;
    [[nodiscard]] std::optional<Acknowledged> acknowledged() const override { return std::nullopt; }
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

   private:
    [[nodiscard]] StreamHead head_of(StreamNumber stream) const SILLOK_REQUIRES_SHARED(mutex_);

    mutable SharedMutex mutex_;
    LogIdentity identity_ SILLOK_GUARDED_BY(mutex_);
    std::uint64_t groups_ SILLOK_GUARDED_BY(mutex_) = 0;
    std::deque<std::string> records_ SILLOK_GUARDED_BY(mutex_);  // record of position p at p - 1
    std::map<std::string, StreamNumber, std::less<>> streams_ SILLOK_GUARDED_BY(mutex_);
    std::map<StreamNumber, std::deque<Position>> versions_ SILLOK_GUARDED_BY(mutex_);  // position of version v at v - 1
    std::unordered_map<Uuid, KnownCommand> commands_ SILLOK_GUARDED_BY(mutex_);
    std::map<std::pair<std::string, Position>, std::string> tags_ SILLOK_GUARDED_BY(mutex_);  // the event's type
    std::map<Uuid, Position> event_ids_ SILLOK_GUARDED_BY(mutex_);
    std::map<std::pair<unsigned, std::uint64_t>, Hash> tree_ SILLOK_GUARDED_BY(mutex_);  // by level and index
    std::map<std::string, Snapshot, std::less<>> snapshots_ SILLOK_GUARDED_BY(mutex_);
    std::map<std::string, ReaderCheckpoint, std::less<>> checkpoints_ SILLOK_GUARDED_BY(mutex_);
};

}  // namespace sillok
