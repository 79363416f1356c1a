// `sillok bench`: measures speed next to the machine's ceiling in the same run.
#include "tools/bench/bench_aged.hpp"
#include "tools/bench/bench_append.hpp"
#include "tools/bench/bench_disturbed.hpp"
#include "tools/bench/bench_orders.hpp"
#include "tools/bench/bench_read.hpp"
#include "tools/bench/bench_rebuild.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/option_range.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>
#include <utility>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

std::string durability(const Json& result) {
    if (!result.contains("durable")) return "as durable as the server's disk";
    return result.at("durable").get<bool>() ? "every acknowledged event synced to disk"
                                            : "NOT durable: the temporary directory is in memory, set TMPDIR";
}

void tell_append(const Json& r) {
    fmt::print("{} clients, {} events an append, {} appends under way each; {}\n", r["clients"].get<int>(),
               r["batch"].get<int>(), r["inFlight"].get<int>(), durability(r));
    fmt::print("{:.0f} events/s, {:.2f} of the {:.0f} events/s that a plain RocksDB takes in batches of 256\n",
               r["eventsPerSecond"].get<double>(), r["ratio"].get<double>(), r["ceilingEventsPerSecond"].get<double>());
    fmt::print("{:.0f} syncs/s; the disk alone does {:.0f}/s\n", r["syncsPerSecond"].get<double>(),
               r["ceilingSyncsPerSecond"].get<double>());
    fmt::print("until durable: p50 {:.0f} us, p99 {:.0f} us, p99.9 {:.0f} us, max {:.0f} us\n",
               r["p50Us"].get<double>(), r["p99Us"].get<double>(), r["p999Us"].get<double>(), r["maxUs"].get<double>());
}

void tell_orders(const Json& r) {
    fmt::print("{} clients, {:.1f} s, {} products; {}\n", r["clients"].get<int>(), r["seconds"].get<double>(),
               r["products"].get<int>(), durability(r));
    fmt::print("{:.0f} orders/s accepted, {:.0f} orders/s through to a prepared delivery\n",
               r["acceptedPerSecond"].get<double>(), r["completedPerSecond"].get<double>());
    fmt::print("until accepted: p50 {:.2f} ms, p99 {:.2f} ms, p99.9 {:.2f} ms, max {:.2f} ms\n",
               r["p50Ms"].get<double>(), r["p99Ms"].get<double>(), r["p999Ms"].get<double>(), r["maxMs"].get<double>());
    fmt::print("{} errors, {} oversold, {} events\n", r["errors"].get<std::uint64_t>(),
               r["oversold"].get<std::uint64_t>(), r["events"].get<std::uint64_t>());
    if (r.contains("ceilingSyncsPerSecond"))
        fmt::print("the disk alone does {:.0f} syncs/s; the server took up to {:.0f} MiB\n",
                   r["ceilingSyncsPerSecond"].get<double>(), r["serverPeakMiB"].get<double>());
    const auto& cost = r["cpuUsPerOrder"];
    fmt::print("processor time of an order: {:.0f} us of the load generator", cost["loadGenerator"].get<double>());
    if (cost.contains("server")) fmt::print(", {:.0f} us of the server", cost["server"].get<double>());
    fmt::print("\n");
}

void tell_read(const Json& r) {
    fmt::print("{} events of {} bytes; {}\n", r["events"].get<std::uint64_t>(), r["eventBytes"].get<int>(),
               durability(r));
    fmt::print("the whole log: {:.0f} events/s, {:.2f} of the {:.0f} events/s of a plain scan\n",
               r["eventsPerSecond"].get<double>(), r["ratio"].get<double>(), r["ceilingEventsPerSecond"].get<double>());
    fmt::print("a stream of 10 events, nothing cached: p50 {:.0f} us, p99 {:.0f} us, max {:.0f} us\n",
               r["coldStreamP50Us"].get<double>(), r["coldStreamP99Us"].get<double>(),
               r["coldStreamMaxUs"].get<double>());
    fmt::print("append by 64 clients: p50 {:.0f} us, {:.2f} times that of the log's first 100,000 events\n",
               r["appendP50Us"].get<double>(), r["growth"].get<double>());
    fmt::print("open after kill -9: {:.2f} s; memory at most {:.0f} MiB\n", r["startSeconds"].get<double>(),
               r["peakMiB"].get<double>());
}

void tell_rebuild(const Json& r) {
    fmt::print("{}: {} events in {:.2f} s into {} rows\n", r["projection"].get<std::string>(),
               r["events"].get<std::uint64_t>(), r["seconds"].get<double>(), r["rows"].get<std::uint64_t>());
    fmt::print("{:.0f} events/s, {:.2f} of the {:.0f} events/s of a plain scan\n", r["eventsPerSecond"].get<double>(),
               r["ratio"].get<double>(), r["ceilingEventsPerSecond"].get<double>());
}

void tell_aged(const Json& r) {
    fmt::print("{} orders of the past, {} open; ready {:.2f} s after the start, memory at most {:.0f} MiB\n",
               r["past"].get<std::uint64_t>(), r["open"].get<std::uint64_t>(), r["startSeconds"].get<double>(),
               r["peakMiB"].get<double>());
    fmt::print("the first order {:.1f} ms, the second {:.1f} ms; p50 {:.2f} ms, on a new log {:.2f} ms\n",
               r["firstOrderMs"].get<double>(), r["secondOrderMs"].get<double>(), r["orderP50Ms"].get<double>(),
               r["newOrderP50Ms"].get<double>());
}

void tell_disturbed(const Json& r) {
    fmt::print("{} orders/s beside:\n", r["ordersPerSecond"].get<int>());
    for (const auto& phase : r["phases"])
        fmt::print(
            "{:<26} {:>9.0f}/s   orders: p50 {:6.2f} ms, p99 {:6.2f} ms, max {:6.1f} ms, {} errors   health: "
            "p99 {:6.2f} ms, max {:6.1f} ms\n",
            phase["beside"].get<std::string>(), phase["disturbancesPerSecond"].get<double>(),
            phase["p50Ms"].get<double>(), phase["p99Ms"].get<double>(), phase["maxMs"].get<double>(),
            phase["errors"].get<std::uint64_t>(), phase["healthP99Ms"].get<double>(),
            phase["healthMaxMs"].get<double>());
    fmt::print("the server took up to {:.0f} MiB\n", r["serverPeakMiB"].get<double>());
}

class Bench final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("bench", "Measure speed, next to the machine's ceiling in the same run");
        app->require_subcommand(1);
        declare_append(*app);
        orders_ =
            declare_orders(*app, "orders", "Place orders over HTTP on 1,000 products and wait for their fulfilment");
        hot_product_ = declare_orders(*app, "hot-product", "The same with all orders on one product");
        declare_read(*app);
        declare_rebuild(*app);
        declare_aged(*app);
        declare_disturbed(*app);
        app->footer("Example:\n  sillok bench orders --clients 64 --seconds 10 --json");
        return app;
    }

    ExitStatus run() override {
        const auto [result, tell] = run_chosen();
        if (json_)
            fmt::print("{}\n", result.dump());
        else
            tell(result);
        const bool broken = result.value("oversold", 0) > 0 || result.value("errors", 0) > 0;
        return broken ? ExitStatus::failed : ExitStatus::done;
    }

   private:
    using Tell = void (*)(const Json&);

    std::pair<Json, Tell> run_chosen() {
        if (append_->parsed()) return {append_bench_.run(), tell_append};
        if (read_->parsed()) return {read_bench_.run(), tell_read};
        if (rebuild_->parsed()) return {rebuild_bench_.run(), tell_rebuild};
        if (aged_->parsed()) return {aged_bench_.run(), tell_aged};
        if (disturbed_->parsed()) return {disturbed_bench_.run(), tell_disturbed};
        if (hot_product_->parsed()) orders_bench_.products = 1;
        return {orders_bench_.run(), tell_orders};
    }

    void declare_append(CLI::App& app) {
        append_ =
            app.add_subcommand("append", "Append events to the log from many clients; each is synced before it counts");
        add_load(*append_, append_bench_.clients, append_bench_.seconds);
        append_->add_option("--in-flight", append_bench_.in_flight, "Appends in flight per client")
            ->check(between(1, 10'000))
            ->capture_default_str();
        append_->add_option("--batch", append_bench_.batch, "Events in one append")
            ->check(between(1, 10'000))
            ->capture_default_str();
        append_->add_flag("!--without-hashing", append_bench_.hashing,
                          "Leave out hash chain and Merkle tree, to measure their cost");
        append_->add_option("--event-bytes", append_bench_.event_bytes, "Bytes of one event, with its metadata")
            ->check(between(200, 1 << 20))
            ->capture_default_str();
        append_->add_flag("--json", json_, "One JSON object on standard output");
        append_->footer("Example:\n  sillok bench append --clients 64 --seconds 5 --json");
    }

    CLI::App* declare_orders(CLI::App& app, const std::string& name, const std::string& description) {
        auto* sub = app.add_subcommand(name, description);
        add_load(*sub, orders_bench_.clients, orders_bench_.seconds);
        sub->add_option("--server", orders_bench_.server,
                        "Use this running server instead of starting one in a temporary directory");
        sub->add_flag("--json", json_, "One JSON object on standard output");
        sub->footer("Example:\n  sillok bench " + name + " --clients 64 --seconds 10 --json");
        return sub;
    }

    void declare_read(CLI::App& app) {
        read_ = app.add_subcommand("read", "Read, append to and open a log of many events");
        read_->add_option("--events", read_bench_.events, "Events to fill a log with")
            ->check(between(100'000, 1'000'000'000))
            ->capture_default_str();
        read_->add_option("--event-bytes", read_bench_.event_bytes, "Bytes of one event, with its metadata")
            ->check(between(200, 1 << 20))
            ->capture_default_str();
        read_->add_option("--loads", read_bench_.stream_loads, "Number of streams to load with an empty cache")
            ->check(between(1, 1'000'000))
            ->capture_default_str();
        read_->add_flag("--json", json_, "One JSON object on standard output");
        read_->footer("Example:\n  sillok bench read --events 10000000 --json");
    }

    void declare_rebuild(CLI::App& app) {
        rebuild_ = app.add_subcommand("rebuild", "Rebuild one read model from the log");
        rebuild_->add_option("--projection", rebuild_bench_.projection, "The read model's name")->capture_default_str();
        rebuild_->add_option("--orders", rebuild_bench_.orders, "Orders to fill a log with")
            ->check(at_least(1))
            ->capture_default_str();
        add_data_option(*rebuild_, rebuild_bench_.data,
                        "Use this data directory, which no server has open; it is not changed");
        rebuild_->add_flag("--json", json_, "One JSON object on standard output");
        rebuild_->footer("Example:\n  sillok bench rebuild --projection stock_levels --json");
    }

    void declare_aged(CLI::App& app) {
        aged_ = app.add_subcommand("aged", "Start a server on a log with many orders of one product, after kill -9");
        aged_->add_option("--past", aged_bench_.past, "Orders that have ended")->capture_default_str();
        aged_->add_option("--open", aged_bench_.open, "Orders that hold a reservation")->capture_default_str();
        add_data_option(*aged_, aged_bench_.data,
                        "The data directory: filled if it is missing or empty, and kept; otherwise used as it is");
        aged_->add_flag("--json", json_, "One JSON object on standard output");
        aged_->footer("Example:\n  sillok bench aged --past 2000000 --open 200000 --json");
    }

    void declare_disturbed(CLI::App& app) {
        disturbed_ = app.add_subcommand("disturbed", "Place orders while something else keeps the server busy");
        disturbed_->add_option("--rate", disturbed_bench_.rate, "Orders a second")
            ->check(between(1, 100'000))
            ->capture_default_str();
        add_seconds(*disturbed_, disturbed_bench_.seconds);
        disturbed_->add_option("--import", disturbed_bench_.import,
                               "The Online Retail data set, to be imported beside the orders, too");
        disturbed_->add_flag("--json", json_, "One JSON object on standard output");
        disturbed_->footer("Example:\n  sillok bench disturbed --import online-retail-dataset.csv.gz --json");
    }

    static void add_load(CLI::App& app, std::size_t& clients, std::chrono::seconds& seconds) {
        app.add_option("--clients", clients, "Clients at the same time")
            ->check(between(1, 10'000))
            ->capture_default_str();
        add_seconds(app, seconds);
    }

    static void add_seconds(CLI::App& app, std::chrono::seconds& seconds) {
        app.add_option_function<unsigned>(
               "--seconds", [&seconds](const unsigned& count) { seconds = std::chrono::seconds{count}; },
               "Duration in seconds")
            ->check(between(1, 86'400))
            ->default_str(std::to_string(seconds.count()));
    }

    AppendBench append_bench_;
    AgedBench aged_bench_;
    DisturbedBench disturbed_bench_;
    OrdersBench orders_bench_;
    ReadBench read_bench_;
    RebuildBench rebuild_bench_;
    bool json_ = false;
    CLI::App* aged_ = nullptr;
    CLI::App* append_ = nullptr;
    CLI::App* disturbed_ = nullptr;
    CLI::App* orders_ = nullptr;
    CLI::App* hot_product_ = nullptr;
    CLI::App* read_ = nullptr;
    CLI::App* rebuild_ = nullptr;
};

}  // namespace

std::unique_ptr<Subcommand> make_bench() { return std::make_unique<Bench>(); }

}  // namespace sillok
