#include "tools/bench_append.hpp"

#include "eventstore/clock.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/rocks_log.hpp"
#include "tools/disk_ceiling.hpp"
#include "tools/histogram.hpp"
#include "tools/subcommand.hpp"
#include "tools/temporary_directory.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <deque>
#include <exception>
#include <memory>
#include <string>
#include <utility>

namespace sillok {
namespace {

using Steady = std::chrono::steady_clock;

constexpr std::string_view event_type = "bench.appended";
constexpr std::chrono::milliseconds ceiling_duration{2'000};

// Passes everything on, and counts the synced writes.
class CountedLog final : public LogStorage {
   public:
    CountedLog(std::unique_ptr<LogStorage> log, std::uint64_t& writes) : log_(std::move(log)), writes_(writes) {}

    std::expected<void, std::string> write(const CommitGroup& group) override {
        ++writes_;
        return log_->write(group);
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

   private:
    std::unique_ptr<LogStorage> log_;
    std::uint64_t& writes_;  // read when the store has stopped
};

std::unique_ptr<LogStorage> make_log(const std::filesystem::path& directory, std::uint64_t& writes) {
    auto log = RocksLog::open(directory, RocksLog::Mode::create);
    if (!log) throw Failure(log.error());
    return std::make_unique<CountedLog>(std::move(*log), writes);
}

struct Measured {
    Histogram latency;
    std::uint64_t events = 0;
    std::exception_ptr failed;
};

struct Client {
    std::string stream;
    std::size_t batch;
    std::size_t in_flight;
    std::string payload;
};

struct UnderWay {
    Position last;
    Steady::time_point since;
};

Position propose(EventStore& store, const Client& client, std::uint64_t version, Timestamp now) {
    const Expected expected = version == 0 ? Expected{NoStream{}} : Expected{Version{version}};
    StreamAppend append{.stream = client.stream, .expected = expected, .events = {}};
    for (std::size_t i = 0; i < client.batch; ++i)
        append.events.push_back({.type = std::string{event_type}, .payload = client.payload});
    Commit commit;
    commit.metadata.time = now;
    commit.appends.push_back(std::move(append));
    const auto appended = store.propose(commit);
    if (!appended) throw Failure("the log refused an append: " + std::string{name(appended.error().code)});
    return appended->last;
}

asio::awaitable<void> append_until(EventStore& store, Client client, Steady::time_point end, Measured& measured) {
    const SystemClock clock;
    std::deque<UnderWay> under_way;
    std::uint64_t version = 0;
    for (;;) {
        while (under_way.size() < client.in_flight && Steady::now() < end) {
            const auto begin = Steady::now();
            under_way.push_back({propose(store, client, version, clock.now()), begin});
            version += client.batch;
        }
        if (under_way.empty()) co_return;
        const auto durable = co_await store.durable(under_way.front().last);
        if (!durable) throw Failure("the log stopped: " + std::string{name(durable.error())});
        const auto head = store.head();
        const auto now = Steady::now();
        while (!under_way.empty() && under_way.front().last <= head) {
            measured.latency.record(now - under_way.front().since);
            measured.events += client.batch;
            under_way.pop_front();
        }
    }
}

// So large that the whole record has the size wanted.
std::string payload_for(std::size_t event_bytes, const std::string& stream) {
    constexpr std::size_t metadata_bytes = 37 + 8 + 8 + 16 + 8 + 16 + 16 + 16 + 2 + 3 + 4;  // eventstore/record.hpp
    const auto others = metadata_bytes + stream.size() + event_type.size();
    std::string payload(event_bytes - std::min(others, event_bytes - 1), '\0');
    std::uint64_t noise = 1;
    for (auto& byte : payload) byte = static_cast<char>((noise = noise * 6364136223846793005ULL + 1) >> 56);
    return payload;
}

}  // namespace

nlohmann::ordered_json AppendBench::run() const {
    const TemporaryDirectory directory{"sillok-bench"};
    const bool durable = keeps_what_is_synced(directory.path());
    const auto syncs = syncs_per_second(directory.path(), std::chrono::seconds{1});
    const auto ceiling = synced_batch_events_per_second(directory.path(), event_bytes, clients, ceiling_duration);

    Measured measured;
    std::uint64_t writes = 0;
    double elapsed = 0;
    {
        EventStore store{make_log(directory.path() / "log", writes)};
        asio::io_context context{1};
        const auto begin = Steady::now();
        for (std::size_t i = 0; i < clients; ++i) {
            auto stream = fmt::format("bench-{:06}", i);
            auto payload = payload_for(event_bytes, stream);
            auto client = append_until(store, {std::move(stream), batch, in_flight, std::move(payload)},
                                       begin + seconds, measured);
            asio::co_spawn(context, std::move(client), [&](std::exception_ptr failed) {
                if (failed) measured.failed = failed;
            });
        }
        context.run();
        elapsed = std::chrono::duration<double>(Steady::now() - begin).count();
    }
    if (measured.failed) std::rethrow_exception(measured.failed);

    const auto rate = static_cast<double>(measured.events) / elapsed;
    return {{"clients", clients},
            {"inFlight", in_flight},
            {"batch", batch},
            {"eventBytes", event_bytes},
            {"seconds", elapsed},
            {"events", measured.events},
            {"eventsPerSecond", rate},
            {"ceilingEventsPerSecond", ceiling},
            {"ratio", rate / ceiling},
            {"syncsPerSecond", static_cast<double>(writes) / elapsed},
            {"ceilingSyncsPerSecond", syncs},
            {"p50Us", measured.latency.percentile_us(0.50)},
            {"p99Us", measured.latency.percentile_us(0.99)},
            {"p999Us", measured.latency.percentile_us(0.999)},
            {"maxUs", measured.latency.max_us()},
            {"durable", durable}};
}

}  // namespace sillok
