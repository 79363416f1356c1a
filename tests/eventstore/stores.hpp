// A small language for tests of the log, and the two storages that all of them run on.
#pragma once

#include "eventstore/event_batch.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/known_command.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "eventstore/subscription.hpp"
#include "tests/temporary_directory.hpp"

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

// A log with another owner; tests override the functions that shall fail.
class LentLog : public LogStorage {
   public:
    explicit LentLog(LogStorage& log) : log_(log) {}
    [[nodiscard]] LogIdentity identity() const override { return log_.identity(); }
    std::expected<void, std::string> set_identity(const LogIdentity& identity) override {
        return log_.set_identity(identity);
    }
    [[nodiscard]] LogHead head() const override { return log_.head(); }
    [[nodiscard]] std::optional<Acknowledged> acknowledged() const override { return log_.acknowledged(); }
    std::expected<void, std::string> write(const CommitGroup& group) override { return log_.write(group); }
    [[nodiscard]] std::optional<StreamHead> find_stream(std::string_view name) const override {
        return log_.find_stream(name);
    }
    [[nodiscard]] std::optional<KnownCommand> find_command(const Uuid& id) const override {
        return log_.find_command(id);
    }
    [[nodiscard]] std::optional<Position> find_event_id(const Uuid& id) const override {
        return log_.find_event_id(id);
    }
    void scan_log(Position from, const Visit& visit) const override { log_.scan_log(from, visit); }
    void scan_log_back(Position from, const Visit& visit) const override { log_.scan_log_back(from, visit); }
    void scan_stream(StreamNumber stream, Version from, const Visit& visit) const override {
        log_.scan_stream(stream, from, visit);
    }
    void scan_stream_back(StreamNumber stream, Version from, const Visit& visit) const override {
        log_.scan_stream_back(stream, from, visit);
    }
    [[nodiscard]] std::optional<std::string> last_stream(std::string_view prefix) const override {
        return log_.last_stream(prefix);
    }
    void scan_streams(std::string_view prefix,
                      const std::function<bool(std::string_view, StreamHead)>& visit) const override {
        log_.scan_streams(prefix, visit);
    }
    void scan_index(const std::function<bool(StreamNumber, Version, Position)>& visit) const override {
        log_.scan_index(visit);
    }
    void scan_commands(const std::function<bool(const Uuid&, const KnownCommand&)>& visit) const override {
        log_.scan_commands(visit);
    }
    void scan_tag(std::string_view tag, Position from, const VisitTag& visit) const override {
        log_.scan_tag(tag, from, visit);
    }
    void scan_tags(const VisitTag& visit) const override { log_.scan_tags(visit); }
    void scan_event_ids(const std::function<bool(const Uuid&, Position)>& visit) const override {
        log_.scan_event_ids(visit);
    }
    [[nodiscard]] std::optional<Hash> find_tree_node(unsigned level, std::uint64_t index) const override {
        return log_.find_tree_node(level, index);
    }
    void scan_tree(const std::function<bool(const TreeNode&)>& visit) const override { log_.scan_tree(visit); }
    std::expected<void, std::string> put_snapshot(std::string_view stream, const Snapshot& snapshot) override {
        return log_.put_snapshot(stream, snapshot);
    }
    [[nodiscard]] std::optional<Snapshot> get_snapshot(std::string_view stream) const override {
        return log_.get_snapshot(stream);
    }
    std::expected<void, std::string> delete_snapshot(std::string_view stream) override {
        return log_.delete_snapshot(stream);
    }
    void scan_snapshots(const std::function<bool(const StoredSnapshot&)>& visit) const override {
        log_.scan_snapshots(visit);
    }
    std::expected<void, std::string> put_checkpoint(std::string_view name,
                                                    const ReaderCheckpoint& checkpoint) override {
        return log_.put_checkpoint(name, checkpoint);
    }
    [[nodiscard]] std::optional<ReaderCheckpoint> get_checkpoint(std::string_view name) const override {
        return log_.get_checkpoint(name);
    }
    void scan_checkpoints(
        const std::function<bool(std::string_view name, const ReaderCheckpoint&)>& visit) const override {
        log_.scan_checkpoints(visit);
    }

   private:
    LogStorage& log_;
};

// A store whose storage outlives it, so that it can be opened again.
class InMemory {
   public:
    explicit InMemory(EventStoreOptions options = {}) : options_(options) { open(); }
    EventStore& operator*() { return *store_; }
    EventStore* operator->() { return store_.get(); }
    void reopen() {
        store_.reset();
        open();
    }

   private:
    void open() { store_ = std::make_unique<EventStore>(std::make_unique<LentLog>(log_), options_); }

    EventStoreOptions options_;
    MemoryLog log_;
    std::unique_ptr<EventStore> store_;
};

class OnDisk {
   public:
    explicit OnDisk(EventStoreOptions options = {}) : options_(options) { open(); }
    EventStore& operator*() { return *store_; }
    EventStore* operator->() { return store_.get(); }
    void reopen() {
        store_.reset();
        open();
    }
    void shut() { store_.reset(); }
    [[nodiscard]] std::filesystem::path path() const { return directory_.path() / "log"; }

   private:
    void open() {
        store_ = std::make_unique<EventStore>(RocksLog::open(path(), RocksLog::Mode::create).value(), options_);
    }

    EventStoreOptions options_;
    TemporaryDirectory directory_;
    std::unique_ptr<EventStore> store_;
};

inline std::vector<NewEvent> events(std::initializer_list<std::string_view> payloads) {
    std::vector<NewEvent> made;
    for (const auto payload : payloads) made.push_back({"test.happened", 1, std::string{payload}});
    return made;
}

inline Commit to(std::string_view stream, Expected expected, std::initializer_list<std::string_view> payloads) {
    return {.metadata = {.time = Timestamp{1}, .actor = "tester"},
            .appends = {{std::string{stream}, expected, events(payloads)}}};
}

inline Uuid command(std::uint64_t number) { return uuid_v7(7, 0, number); }

inline Commit by_command(std::uint64_t number, Commit commit) {
    commit.metadata.command_id = command(number);
    return commit;
}

// The events of a batch as lines: "stream@version payload".
inline std::vector<std::string> told(const EventBatch& batch) {
    std::vector<std::string> lines;
    for (const auto& event : batch)
        lines.push_back(std::string{event.stream} + "@" + std::to_string(event.version.value) + " " +
                        std::string{event.payload});
    return lines;
}

using Lines = std::vector<std::string>;

}  // namespace sillok
