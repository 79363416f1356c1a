// `sillok events`: reads the log of a running server, or of a data directory that no server has open.
#include "eventstore/base/clock.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/event_source.hpp"
#include "tools/events/event_selection.hpp"
#include "tools/events/event_statistics.hpp"
#include "tools/events/event_tail.hpp"
#include "tools/import/csv.hpp"
#include "tools/import/event_transfer.hpp"
#include "tools/import/output_file.hpp"
#include "tools/offline_log.hpp"
#include "tools/operations/event_skip.hpp"
#include "tools/option_range.hpp"
#include "tools/progress_line.hpp"
#include "tools/standard_streams.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <expected>
#include <filesystem>
#include <istream>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

// Of an import; where the file does not say, older programs wrote it.
constexpr auto no_end_known =
    "the export does not say where it ends: an older Sillok wrote it, and nobody can tell whether it is whole";

constexpr auto none_selected = "no event is selected\n";

std::string line_of(const nlohmann::json& event) {
    const auto& time = event.at("time");
    return fmt::format("{:>9}  {}  {} v{}  {}  {}", event.at("position").get<std::uint64_t>(),
                       time.is_string() ? time.get<std::string>() : "(no time)", event.at("stream").get<std::string>(),
                       event.at("version").get<std::uint64_t>(), event.at("type").get<std::string>(),
                       event.at("data").dump());
}

class EventsCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("events", "Read, export and import the log");
        app->require_subcommand(1);
        declare_read(*app);
        declare_tail(*app);
        declare_stats(*app);
        declare_export(*app);
        declare_import(*app);
        skip_.declare(*app);
        app->footer("Example:\n  sillok events tail --server http://127.0.0.1:8080 --follow");
        return app;
    }

    ExitStatus run() override {
        if (read_->parsed()) return read();
        if (tail_->parsed()) return tail_events();
        if (export_->parsed()) return export_all();
        if (import_->parsed()) return import_all();
        if (skip_.is_meant()) return skip_.run();
        return stats();
    }

   private:
    void declare_read(CLI::App& app) {
        read_ = app.add_subcommand("read", "Show the events of one stream, oldest first");
        read_->add_option("stream", stream_, "The stream's name, for example order-17")->required();
        add_source(*read_);
        read_->add_option("--from-version,--from", from_version_, "The first version to show")
            ->check(at_least(1))
            ->capture_default_str();
        read_->add_option("--limit", read_limit_, "The largest number of events to show")->check(at_least(1));
        add_selection(*read_);
        read_->add_flag("--json", json_, "One JSON object on standard output");
        read_->footer("Example:\n  sillok events read order-inv-536365 --data ./data");
    }

    void declare_tail(CLI::App& app) {
        tail_ = app.add_subcommand("tail", "Show the newest events of the log");
        add_source(*tail_);
        auto* after = tail_->add_option("--after", after_, "Start after this position instead of near the end");
        tail_->add_option("--from-position", from_position_, "Start with this position instead of near the end")
            ->check(at_least(1))
            ->excludes(after);
        tail_->add_option("--limit", tail_limit_,
                          "Number of events to show before following (default 10; from a position on all)");
        add_selection(*tail_);
        tail_->add_flag("--follow", follow_, "Also show new events until interrupted; needs --server");
        tail_->add_flag("--json", json_, "One JSON object on standard output for each event");
        tail_->footer(
            "Example:\n  sillok events tail --server http://127.0.0.1:8080 --follow\n"
            "  sillok events tail --data ./data --type order.placed --where 'data.lines.quantity>=5' --since 24h");
    }

    void declare_stats(CLI::App& app) {
        stats_ = app.add_subcommand("stats", "Count the events of each type");
        add_source(*stats_);
        stats_->add_flag("--json", json_, "One JSON object on standard output");
        stats_->footer("Example:\n  sillok events stats --data ./data");
    }

    void declare_export(CLI::App& app) {
        export_ = app.add_subcommand("export", "Write the whole log as CloudEvents, one JSON object per line");
        add_data_option(*export_, data_)->required();
        export_->add_option("--to", file_,
                            "The file to write, gzipped if its name ends with .gz; '-' or none: standard output");
        export_->add_flag("--force", force_, "Replace the file if it is there");
        export_->footer("Example:\n  sillok events export --data ./data --to events.jsonl.gz");
    }

    void declare_import(CLI::App& app) {
        import_ = app.add_subcommand("import", "Make a data directory from an exported file; every hash is checked");
        add_data_option(*import_, data_, "The new data directory: absent or empty")->required();
        import_->add_option("--from", file_, "The file to read, gzipped or not; '-' or none: standard input");
        import_->add_flag("--json", json_, "One JSON object on standard output");
        import_->footer("Example:\n  sillok events import --data ./restored --from events.jsonl.gz");
    }

    void add_source(CLI::App& app) {
        add_data_option(app, data_);
        app.add_option("--server", server_,
                       "A running server, for example http://127.0.0.1:8080; used instead of --data");
    }

    void add_selection(CLI::App& app) {
        const auto add = [&app](const char* name, std::vector<std::string>& values, const char* description) {
            app.add_option(name, values, description)->allow_extra_args(false)->type_name("TEXT");
        };
        add("--type", wishes_.types, "Only events of this type, for example order.placed; given again: or of that one");
        add("--category", wishes_.categories, "Only events of streams of this category, for example order; as --type");
        add("--tag", wishes_.tags,
            "Only events with this tag, for example customer:c1; given again: and with that one");
        add("--where", wishes_.conditions,
            "Only events for which this holds, for example 'data.quantity>=5', with =, !=, <, <=, > or >=; given "
            "again: "
            "and for which that holds");
        app.add_option(
            "--since", wishes_.since,
            "Only events since a time, for example 2026-11-26T15:00:00Z, or of the last 90s, 10m, 24h or 7d");
    }

    [[nodiscard]] std::unique_ptr<EventSource> source() const {
        if (!server_.empty()) return read_server(server_);
        if (data_.empty()) throw Misuse("give --data DIR or --server URL");
        return read_directory(data_);
    }

    [[nodiscard]] EventSelection selection() const {
        auto selection = EventSelection::parse(wishes_, SystemClock{}.now());
        if (!selection) throw Misuse(selection.error());
        return *std::move(selection);
    }

    [[nodiscard]] ExitStatus read() const {
        const auto selected = selection();
        const auto takes = [&](const nlohmann::json& event) { return selected.takes(event); };
        auto page = source()->of_stream(stream_, from_version_, read_limit_, takes);
        if (page.last_version == 0) throw Failure("there is no stream " + stream_, "stream-not-found");
        if (from_version_ > page.last_version)
            throw Failure(fmt::format("the stream {} ends at version {}", stream_, page.last_version),
                          "version-unknown");
        if (page.events.empty()) fmt::print(stderr, "{}", none_selected);
        if (json_)
            fmt::print("{}\n", Json{{"stream", stream_}, {"events", std::move(page.events)}}.dump());
        else
            for (const auto& event : page.events) fmt::print("{}\n", line_of(event));
        return ExitStatus::done;
    }

    [[nodiscard]] ExitStatus tail_events() const {
        const auto selected = selection();
        if (follow_ && server_.empty()) throw Misuse("--follow needs --server: a directory at rest gets no events");
        if (tail_limit_ == 0 && !follow_) throw Misuse("--limit 0 shows nothing without --follow");
        const auto from = source();
        const auto head = from->head();
        TailRequest request{.after = after_, .limit = tail_limit_, .follow = follow_};
        if (from_position_) request.after = *from_position_ - 1;
        if (request.after.value_or(0) > head || (from_position_ && !follow_ && *from_position_ > head))
            throw Failure(fmt::format("position {} is beyond the end of the log, which is position {}",
                                      from_position_.value_or(request.after.value_or(0)), head),
                          "position-unknown");
        if (selected.since())
            request.after = std::max(request.after.value_or(0), position_before(*from, *selected.since()));
        if (head == 0 && !follow_) fmt::print(stderr, "the log is empty\n");
        const auto show = [this](const nlohmann::json& event) {
            fmt::print("{}\n", json_ ? event.dump() : line_of(event));
        };
        const auto shown = [] {
            if (const auto unwritten = unwritten_output()) throw Failure(*unwritten, "output");
        };
        const auto count = tail(*from, selected, request, show, shown);
        if (count == 0 && head > 0 && !selected.is_everything()) fmt::print(stderr, "{}", none_selected);
        return ExitStatus::done;
    }

    [[nodiscard]] ExitStatus export_all() const {
        const auto directory = lock_data(data_, DataDirectory::Mode::read_only);
        const auto log = open_log(directory, RocksLog::Mode::read_only);
        const auto end = log->head().position.value;
        ProgressLine progress;
        const auto show_progress = [&](Position at) { progress.show("exporting", at.value, end); };
        OutputFile file{file_.empty() ? "-" : file_,
                        force_ ? OutputFile::IfThere::replace : OutputFile::IfThere::refuse};
        const auto exported = export_log(*log, file.get(), show_progress);
        auto* remarks = file.get() == stdout ? stderr : stdout;
        file.keep();
        fmt::print(remarks, "exported {} events, head {}, chain hash {}\nroot {}\n", exported.position.value,
                   exported.position.value, hex(exported.chain_hash), hex(exported.root));
        return ExitStatus::done;
    }

    [[nodiscard]] ExitStatus import_all() const {
        Imported end;
        ProgressLine progress;
        MaybeGzipped file{file_.empty() ? "-" : file_};
        const auto made = DataDirectory::make(data_, [&](const auto& path) -> std::expected<void, std::string> {
            const auto log = RocksLog::open(path, RocksLog::Mode::create);
            if (!log) return std::unexpected(log.error());
            auto imported = read_events(file, **log, progress);
            if (!imported) return std::unexpected(imported.error());
            end = *imported;
            return {};
        });
        if (!made) throw Failure(made.error());
        if (!end.has_end) fmt::print(stderr, "{}\n", no_end_known);
        if (json_)
            fmt::print("{}\n", Json{{"events", end.position.value},
                                    {"chainHash", hex(end.chain_hash)},
                                    {"root", hex(end.root)},
                                    {"endKnown", end.has_end}}
                                   .dump());
        else
            fmt::print("imported {} events, chain hash {}\nroot {}\n", end.position.value, hex(end.chain_hash),
                       hex(end.root));
        return ExitStatus::done;
    }

    static std::expected<Imported, std::string> read_events(MaybeGzipped& file, LogStorage& log,
                                                            ProgressLine& progress) {
        try {
            std::istream lines{&file};
            auto imported = import_log(lines, log, [&](Position at) { progress.show("importing", at.value, 0); });
            if (imported && imported->position == Position{0} && !imported->has_end)
                return std::unexpected("the export is empty: it has not even a last line");
            return imported;
        } catch (const CsvError& error) {
            return std::unexpected(error.what());
        }
    }

    [[nodiscard]] EventStatistics count_events() const {
        ProgressLine progress;
        const auto show = [&](std::uint64_t counted, std::uint64_t head) { progress.show("counting", counted, head); };
        if (!server_.empty()) return statistics_of(*read_server(server_), show);
        if (data_.empty()) throw Misuse("give --data DIR or --server URL");
        return statistics_of(OfflineLog{data_, OfflineLog::Access::read}.store, show);
    }

    [[nodiscard]] ExitStatus stats() const {
        const auto found = count_events();
        if (json_) {
            Json json{{"events", found.head}, {"streams", found.streams}, {"head", found.head}};
            if (found.payload_bytes) json["payloadBytes"] = *found.payload_bytes;
            json["firstTime"] = found.first_time ? Json(*found.first_time) : Json{};
            json["lastTime"] = found.last_time ? Json(*found.last_time) : Json{};
            json["eventsByType"] = found.events_by_type;
            json["streamsByCategory"] = found.streams_by_category;
            fmt::print("{}\n", json.dump());
            return ExitStatus::done;
        }
        fmt::print("{} events in {} streams", found.head, found.streams);
        if (found.payload_bytes) fmt::print(", {} bytes of payload", *found.payload_bytes);
        fmt::print("\n");
        if (found.first_time) fmt::print("from {} to {}\n", *found.first_time, *found.last_time);
        for (const auto& [type, count] : found.events_by_type) fmt::print("{:>12}  {}\n", count, type);
        for (const auto& [category, count] : found.streams_by_category)
            fmt::print("{:>12}  streams of {}\n", count, category);
        return ExitStatus::done;
    }

    std::filesystem::path data_;
    std::string server_;
    std::filesystem::path file_;
    EventWishes wishes_;
    std::string stream_;
    std::uint64_t from_version_ = 1;
    std::size_t read_limit_ = std::numeric_limits<std::size_t>::max();
    std::optional<std::uint64_t> after_;
    std::optional<std::uint64_t> from_position_;
    std::optional<std::size_t> tail_limit_;
    bool follow_ = false;
    bool force_ = false;
    bool json_ = false;
    EventSkip skip_;
    CLI::App* read_ = nullptr;
    CLI::App* tail_ = nullptr;
    CLI::App* stats_ = nullptr;
    CLI::App* export_ = nullptr;
    CLI::App* import_ = nullptr;
};

}  // namespace

std::unique_ptr<Subcommand> make_events() { return std::make_unique<EventsCommand>(); }

}  // namespace sillok
