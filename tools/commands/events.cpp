// `sillok events`: reads the log of a running server, or of a data directory that no server has open.
#include "aggregates/codec/event_json.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "eventstore/stream_name.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/http_client.hpp"
#include "tools/import/event_transfer.hpp"
#include "tools/offline_log.hpp"
#include "tools/option_range.hpp"
#include "tools/progress_line.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <expected>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iostream>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;
using Events = std::vector<nlohmann::json>;

constexpr std::size_t page_events_max = 500;
constexpr std::chrono::seconds page_timeout{5};
constexpr std::chrono::milliseconds poll_pause{200};

// A page of events, and the position up to which the source has looked.
struct EventPage {
    Events events;
    std::uint64_t seen = 0;
};

// Reads events from a directory or a server.
class EventSource {
   public:
    virtual ~EventSource() = default;
    virtual std::uint64_t head() = 0;
    // Returns up to `limit` events after a position. Without events `seen` is that position.
    virtual EventPage after(std::uint64_t position, std::size_t limit) = 0;
    virtual EventPage of_stream(const std::string& stream, std::uint64_t from_version, std::size_t limit) = 0;
};

class DirectorySource final : public EventSource {
   public:
    explicit DirectorySource(const std::filesystem::path& data) : log_(data, OfflineLog::Access::read) {}

    std::uint64_t head() override { return log_.store.head().value; }
    EventPage after(std::uint64_t position, std::size_t limit) override {
        if (const auto end = head(); position > end)
            throw Failure(fmt::format("position {} is beyond the end of the log, which is position {}", position, end));
        const auto batch = log_.store.read_log(Position{position}, limit);
        EventPage page{.events = {}, .seen = batch.empty() ? position : batch.back().position.value};
        for (const auto& event : batch) page.events.push_back(event_json(event));
        return page;
    }
    EventPage of_stream(const std::string& stream, std::uint64_t from_version, std::size_t limit) override {
        EventPage page{.events = {}, .seen = head()};
        for (auto version = Version{from_version}; page.events.size() < limit;) {
            const auto batch =
                log_.store.read_stream(stream, version, std::min(limit - page.events.size(), page_events_max));
            if (batch.empty()) break;
            for (const auto& event : batch) page.events.push_back(event_json(event));
            version = next(batch.back().version);
        }
        return page;
    }

   private:
    OfflineLog log_;
};

class ServerSource final : public EventSource {
   public:
    explicit ServerSource(const std::string& url) {
        auto server = parse_server(url);
        if (!server) throw Misuse(server.error());
        server_ = std::move(*server);
    }

    std::uint64_t head() override { return get("/v1/events?limit=1").position.value_or(0); }

    EventPage after(std::uint64_t position, std::size_t limit) override {
        return page("", position, std::min(limit, page_events_max));
    }

    // The server lists the log by category; this class selects the stream.
    EventPage of_stream(const std::string& stream, std::uint64_t from_version, std::size_t limit) override {
        const auto end = head();
        const auto filter = "&category=" + std::string{category_of(stream)};
        EventPage found;
        while (found.seen < end && found.events.size() < limit) {
            auto looked_at = page(filter, found.seen, page_events_max);
            for (auto& event : looked_at.events)
                if (event.at("stream") == stream && event.at("version") >= from_version && found.events.size() < limit)
                    found.events.push_back(std::move(event));
            if (looked_at.seen == found.seen) break;
            found.seen = looked_at.seen;
        }
        return found;
    }

   private:
    HttpResponse get(const std::string& target) {
        auto answer = exchange_once(server_, {.method = Method::get, .target = target}, page_timeout);
        if (answer.status != 200)
            throw Failure(fmt::format("the server answered {} to GET {}: {}", answer.status, target, answer.body));
        return answer;
    }

    EventPage page(const std::string& filter, std::uint64_t after, std::size_t limit) {
        const auto answer = get(fmt::format("/v1/events?after={}&limit={}{}", after, limit, filter));
        auto body = nlohmann::json::parse(answer.body);
        EventPage page{.events = body.at("items").get<Events>(), .seen = after};
        // A full page says where the next one begins; the last page reaches to the head.
        if (const auto& links = body.at("_links"); links.contains("next"))
            page.seen = cursor_in(links.at("next").at("href").get<std::string>());
        else if (!page.events.empty())
            page.seen = std::max(page.events.back().at("position").get<std::uint64_t>(),
                                 filter.empty() ? 0 : answer.position.value_or(0));
        else if (!filter.empty())
            page.seen = std::max(after, answer.position.value_or(0));
        return page;
    }

    static std::uint64_t cursor_in(const std::string& href) {
        const auto begin = href.find("cursor=");
        if (begin == std::string::npos) throw Failure("the server's link to the next page has no cursor: " + href);
        return std::stoull(href.substr(begin + 7));
    }

    ServerAddress server_;
};

std::string line_of(const nlohmann::json& event) {
    return fmt::format("{:>9}  {}  {} v{}  {}  {}", event.at("position").get<std::uint64_t>(),
                       event.at("time").get<std::string>(), event.at("stream").get<std::string>(),
                       event.at("version").get<std::uint64_t>(), event.at("type").get<std::string>(),
                       event.at("data").dump());
}

class EventsCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("events", "Read the log");
        app->require_subcommand(1);
        declare_read(*app);
        declare_tail(*app);
        declare_stats(*app);
        declare_export(*app);
        declare_import(*app);
        app->footer("Example:\n  sillok events tail --server http://127.0.0.1:8080 --follow");
        return app;
    }

    ExitStatus run() override {
        if (read_->parsed()) return read();
        if (tail_->parsed()) return tail();
        if (export_->parsed()) return export_all();
        if (import_->parsed()) return import_all();
        return stats();
    }

   private:
    void declare_read(CLI::App& app) {
        read_ = app.add_subcommand("read", "Show the events of one stream, oldest first");
        read_->add_option("stream", stream_, "The stream's name, for example order-17")->required();
        add_source(*read_);
        read_->add_option("--from", from_version_, "The first version to show")->capture_default_str();
        read_->add_option("--limit", read_limit_, "The largest number of events to show")->check(at_least(1));
        read_->add_flag("--json", json_, "One JSON object on standard output");
        read_->footer("Example:\n  sillok events read order-inv-536365 --data ./data");
    }

    void declare_tail(CLI::App& app) {
        tail_ = app.add_subcommand("tail", "Show the newest events of the log");
        add_source(*tail_);
        tail_->add_option("--after", after_, "Start after this position instead of near the end");
        tail_->add_option("--limit", tail_limit_,
                          "Number of events to show before following (default 10; with --after all)");
        tail_->add_flag("--follow", follow_, "Also show new events until interrupted; needs --server");
        tail_->add_flag("--json", json_, "One JSON object on standard output for each event");
        tail_->footer("Example:\n  sillok events tail --server http://127.0.0.1:8080 --follow");
    }

    void declare_stats(CLI::App& app) {
        stats_ = app.add_subcommand("stats", "Count the events of each type");
        stats_->add_option("--data", data_, "The data directory of a server that is not running")->required();
        stats_->add_flag("--json", json_, "One JSON object on standard output");
        stats_->footer("Example:\n  sillok events stats --data ./data");
    }

    void declare_export(CLI::App& app) {
        export_ = app.add_subcommand("export", "Write the whole log as CloudEvents, one JSON object per line");
        export_->add_option("--data", data_, "The data directory of a server that is not running")->required();
        export_->add_option("--to", file_, "The file to write (default: standard output)");
        export_->footer("Example:\n  sillok events export --data ./data | gzip > events.jsonl.gz");
    }

    void declare_import(CLI::App& app) {
        import_ = app.add_subcommand("import", "Make a data directory from an exported file; every hash is checked");
        import_->add_option("--data", data_, "The new data directory: absent or empty")->required();
        import_->add_option("--from", file_, "The file to read (default: standard input)");
        import_->add_flag("--json", json_, "One JSON object on standard output");
        import_->footer("Example:\n  sillok events import --data ./restored --from events.jsonl");
    }

    void add_source(CLI::App& app) {
        app.add_option("--data", data_, "The data directory of a server that is not running");
        app.add_option("--server", server_,
                       "A running server, for example http://127.0.0.1:8080; used instead of --data");
    }

    [[nodiscard]] std::unique_ptr<EventSource> source() const {
        if (!server_.empty()) return std::make_unique<ServerSource>(server_);
        if (data_.empty()) throw Misuse("give --data DIR or --server URL");
        return std::make_unique<DirectorySource>(data_);
    }

    [[nodiscard]] ExitStatus read() const {
        auto page = source()->of_stream(stream_, from_version_, read_limit_);
        if (json_)
            fmt::print("{}\n", Json{{"stream", stream_}, {"events", std::move(page.events)}}.dump());
        else
            for (const auto& event : page.events) fmt::print("{}\n", line_of(event));
        return ExitStatus::done;
    }

    [[nodiscard]] ExitStatus tail() const {
        if (follow_ && server_.empty()) throw Misuse("--follow needs --server: a directory at rest gets no events");
        const auto from = source();
        std::size_t left = tail_limit_.value_or(after_ ? std::numeric_limits<std::size_t>::max() : 10);
        const auto head = from->head();
        auto position = after_.value_or(head - std::min<std::uint64_t>(head, left));
        for (;;) {
            const auto page = from->after(position, std::min(follow_ ? page_events_max : left, page_events_max));
            for (const auto& event : page.events) show(event);
            if (!page.events.empty()) std::fflush(stdout);
            left -= std::min(left, page.events.size());
            const bool at_end = page.seen == position;
            position = page.seen;
            if (!follow_ && (at_end || left == 0)) return ExitStatus::done;
            if (at_end) std::this_thread::sleep_for(poll_pause);
        }
    }

    void show(const nlohmann::json& event) const { fmt::print("{}\n", json_ ? event.dump() : line_of(event)); }

    [[nodiscard]] ExitStatus export_all() const {
        const auto directory = lock_data(data_);
        const auto log = open_log(directory, RocksLog::Mode::read_only);
        const auto end = log->head().position.value;
        ProgressLine progress;
        const auto show_progress = [&](Position at) { progress.show("exporting", at.value, end); };
        if (file_.empty()) {
            export_log(*log, stdout, show_progress);
            return ExitStatus::done;
        }
        const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::fopen(file_.c_str(), "wx"), &std::fclose};
        if (!file) throw Failure(fmt::format("{} cannot be made: {}", file_.string(), std::strerror(errno)));
        export_log(*log, file.get(), show_progress);
        return ExitStatus::done;
    }

    [[nodiscard]] ExitStatus import_all() const {
        std::ifstream file;
        if (!file_.empty()) file.open(file_, std::ios::binary);
        if (!file) throw Failure(fmt::format("{} cannot be opened: {}", file_.string(), std::strerror(errno)));
        Copied end;
        ProgressLine progress;
        const auto made = DataDirectory::make(data_, [&](const auto& path) -> std::expected<void, std::string> {
            const auto log = RocksLog::open(path, RocksLog::Mode::create);
            if (!log) return std::unexpected(log.error());
            auto imported = import_log(file_.empty() ? std::cin : file, **log,
                                       [&](Position at) { progress.show("importing", at.value, 0); });
            if (!imported) return std::unexpected(imported.error());
            end = *imported;
            return {};
        });
        if (!made) throw Failure(made.error());
        if (json_)
            fmt::print("{}\n", Json{{"events", end.position.value}, {"chainHash", hex(end.chain_hash)}}.dump());
        else
            fmt::print(stderr, "imported {} events, chain hash {}\n", end.position.value, hex(end.chain_hash));
        return ExitStatus::done;
    }

    [[nodiscard]] ExitStatus stats() const {
        const OfflineLog log{data_, OfflineLog::Access::read};
        std::map<std::string, std::uint64_t, std::less<>> types;
        std::map<std::string, std::uint64_t, std::less<>> streams;
        std::uint64_t payload_bytes = 0;
        std::optional<Timestamp> first, last;
        count_events(log.store, [&](const Recorded& event) {
            auto known = types.find(event.type);
            if (known == types.end()) known = types.emplace(event.type, 0).first;
            ++known->second;
            payload_bytes += event.payload.size();
            if (!first) first = event.time;
            last = event.time;
        });
        std::uint64_t streams_sum = 0;
        log.store.each_stream("", [&](std::string_view stream, Version) {
            ++streams[std::string{category_of(stream)}];
            ++streams_sum;
            return true;
        });

        const auto head = log.store.head().value;
        if (json_) {
            Json json{{"events", head}, {"streams", streams_sum}, {"head", head}, {"payloadBytes", payload_bytes}};
            json["firstTime"] = first ? Json(rfc3339(*first)) : Json{};
            json["lastTime"] = last ? Json(rfc3339(*last)) : Json{};
            json["eventsByType"] = types;
            json["streamsByCategory"] = streams;
            fmt::print("{}\n", json.dump());
            return ExitStatus::done;
        }
        fmt::print("{} events in {} streams, {} bytes of payload\n", head, streams_sum, payload_bytes);
        if (first) fmt::print("from {} to {}\n", rfc3339(*first), rfc3339(*last));
        for (const auto& [type, count] : types) fmt::print("{:>12}  {}\n", count, type);
        for (const auto& [category, count] : streams) fmt::print("{:>12}  streams of {}\n", count, category);
        return ExitStatus::done;
    }

    static void count_events(const EventStore& store, const std::function<void(const Recorded&)>& count) {
        ProgressLine progress;
        for (Position position; position < store.head();) {
            const auto batch = store.read_log(position, 4096);
            if (batch.empty()) return;
            for (const auto& event : batch) count(event);
            position = batch.back().position;
            progress.show("counting", position.value, store.head().value);
        }
    }

    std::filesystem::path data_;
    std::string server_;
    std::filesystem::path file_;
    std::string stream_;
    std::uint64_t from_version_ = 1;
    std::size_t read_limit_ = std::numeric_limits<std::size_t>::max();
    std::optional<std::uint64_t> after_;
    std::optional<std::size_t> tail_limit_;
    bool follow_ = false;
    bool json_ = false;
    CLI::App* read_ = nullptr;
    CLI::App* tail_ = nullptr;
    CLI::App* stats_ = nullptr;
    CLI::App* export_ = nullptr;
    CLI::App* import_ = nullptr;
};

}  // namespace

std::unique_ptr<Subcommand> make_events() { return std::make_unique<EventsCommand>(); }

}  // namespace sillok
