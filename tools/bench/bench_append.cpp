#include "tools/bench/bench_append.hpp"

#include "eventstore/event_store.hpp"
#include "eventstore/storage/rocks_log.hpp"
#include "tools/bench/append_load.hpp"
#include "tools/bench/bench_directory.hpp"
#include "tools/bench/disk_ceiling.hpp"
#include "tools/commands/subcommand.hpp"

#include <nlohmann/json.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

namespace sillok {
namespace {

constexpr std::chrono::milliseconds ceiling_duration{2'000};

// Forwards every call and counts the synced writes.
class CountedLog final : public LogStorage {
   public:
    CountedLog(std::unique_ptr<LogStorage> log, std::uint64_t& writes) : log_(std::move(log)), writes_(writes) {}

    std::expected<void, std::string> write(const CommitGroup& group) override {
        ++writes_;
        return log_->write(group);
    }

    [[nodiscard]] LogIdentity identity() const override { return log_->identity(); }
    std::expected<void, std::string> set_identity(const LogIdentity& identity) override {
        return log_->set_identity(identity);
    }
    [[nodiscard]] LogHead head() const override { return log_->head(); }
    [[nodiscard]] std::optional<Acknowledged> acknowledged() const override { return log_->acknowledged(); }
    [[nodiscard]] std::optional<StreamHead> find_stream(std::string_view name) const override {
        return log_->find_stream(name);
    }
    [[nodiscard]] std::optional<KnownCommand> find_command(const Uuid& id) const override {
        return log_->find_command(id);
    }
    [[nodiscard]] std::optional<Position> find_event_id(const Uuid& id) const override {
        return log_->find_event_id(id);
    }
    void scan_log(Position from, const Visit& visit) const override { log_->scan_log(from, visit); }
    void scan_log_back(Position from, const Visit& visit) const override { log_->scan_log_back(from, visit); }
    void scan_stream(StreamNumber stream, Version from, const Visit& visit) const override {
        log_->scan_stream(stream, from, visit);
    }
    void scan_stream_back(StreamNumber stream, Version from, const Visit& visit) const override {
        log_->scan_stream_back(stream, from, visit);
    }
    [[nodiscard]] std::optional<std::string> last_stream(std::string_view prefix) const override {
        return log_->last_stream(prefix);
    }
    void scan_streams(std::string_view prefix,
                      const std::function<bool(std::string_view, StreamHead)>& visit) const override {
        log_->scan_streams(prefix, visit);
    }
    void scan_index(const std::function<bool(StreamNumber, Version, Position)>& visit) const override {
        log_->scan_index(visit);
    }
    void scan_commands(const std::function<bool(const Uuid&, const KnownCommand&)>& visit) const override {
        log_->scan_commands(visit);
    }
    void scan_tag(std::string_view tag, Position from, const VisitTag& visit) const override {
        log_->scan_tag(tag, from, visit);
    }
    void scan_tags(const VisitTag& visit) const override { log_->scan_tags(visit); }
    void scan_event_ids(const std::function<bool(const Uuid&, Position)>& visit) const override {
        log_->scan_event_ids(visit);
    }
    [[nodiscard]] std::optional<Hash> find_tree_node(unsigned level, std::uint64_t index) const override {
        return log_->find_tree_node(level, index);
    }
    void scan_tree(const std::function<bool(const TreeNode&)>& visit) const override { log_->scan_tree(visit); }
    std::expected<void, std::string> put_snapshot(std::string_view stream, const Snapshot& snapshot) override {
        return log_->put_snapshot(stream, snapshot);
    }
    [[nodiscard]] std::optional<Snapshot> get_snapshot(std::string_view stream) const override {
        return log_->get_snapshot(stream);
    }
    std::expected<void, std::string> delete_snapshot(std::string_view stream) override {
        return log_->delete_snapshot(stream);
    }
    void scan_snapshots(const std::function<bool(const StoredSnapshot&)>& visit) const override {
        log_->scan_snapshots(visit);
    }
    std::expected<void, std::string> put_checkpoint(std::string_view name,
                                                    const ReaderCheckpoint& checkpoint) override {
        return log_->put_checkpoint(name, checkpoint);
    }
    [[nodiscard]] std::optional<ReaderCheckpoint> get_checkpoint(std::string_view name) const override {
        return log_->get_checkpoint(name);
    }
    void scan_checkpoints(
        const std::function<bool(std::string_view name, const ReaderCheckpoint&)>& visit) const override {
        log_->scan_checkpoints(visit);
    }

   private:
    std::unique_ptr<LogStorage> log_;
    std::uint64_t& writes_;  // read after the store has stopped
};

std::unique_ptr<LogStorage> make_log(const std::filesystem::path& directory, std::uint64_t& writes) {
    auto log = RocksLog::open(directory, RocksLog::Mode::create);
    if (!log) throw Failure(log.error());
    return std::make_unique<CountedLog>(std::move(*log), writes);
}

}  // namespace

nlohmann::ordered_json AppendBench::run() const {
    const BenchDirectory directory;
    const bool durable = keeps_what_is_synced(directory.path());
    const auto syncs = syncs_per_second(directory.path(), std::chrono::seconds{1});
    const auto ceiling = synced_batch_events_per_second(directory.path(), event_bytes, clients, ceiling_duration);

    AppendsMeasured measured;
    std::uint64_t writes = 0;
    {
        EventStore store{make_log(directory.path() / "log", writes), {.hashing = hashing}};
        measured = run_appends(store, {.clients = clients,
                                       .in_flight = in_flight,
                                       .batch = batch,
                                       .event_bytes = event_bytes,
                                       .duration = seconds});
    }

    const auto rate = static_cast<double>(measured.events) / measured.seconds;
    return {{"clients", clients},
            {"inFlight", in_flight},
            {"batch", batch},
            {"eventBytes", event_bytes},
            {"seconds", measured.seconds},
            {"hashing", hashing},
            {"events", measured.events},
            {"eventsPerSecond", rate},
            {"ceilingEventsPerSecond", ceiling},
            {"ratio", rate / ceiling},
            {"syncsPerSecond", static_cast<double>(writes) / measured.seconds},
            {"ceilingSyncsPerSecond", syncs},
            {"p50Us", measured.latency.percentile_us(0.50)},
            {"p99Us", measured.latency.percentile_us(0.99)},
            {"p999Us", measured.latency.percentile_us(0.999)},
            {"maxUs", measured.latency.max_us()},
            {"durable", durable}};
}

}  // namespace sillok
