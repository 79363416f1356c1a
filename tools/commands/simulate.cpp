// `sillok simulate`: the whole backend in simulated time, with faults; prints the seed of any failure.
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/codec/event_json.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/base/mutex.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/option_range.hpp"
#include "tools/progress_line.hpp"
#include "tools/simulation/simulation.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <string>
#include <thread>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;
using simulation::SimulationReport;

constexpr std::size_t violations_shown_max = 20;  // violations of one run; --json has all

class Simulate final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("simulate", "Run the whole backend in simulated time, with faults");
        app->add_option("--seed", seed_, "Seed of the first run; each further run uses the next number")
            ->capture_default_str();
        app->add_option("--runs", runs_, "Number of runs")->capture_default_str()->check(at_least(1));
        app->add_option("--orders", orders_, "Orders in each run")->capture_default_str()->check(at_least(1));
        app->add_option("--jobs", jobs_, "Runs at the same time")->capture_default_str()->check(between(1, 256));
        auto* json = app->add_flag("--json", json_, "One JSON object on standard output");
        app->add_flag("--print-log", print_log_, "Print every event of the log, one JSON object per line")
            ->excludes(json);
        app->footer(
            "Example:\n  sillok simulate --seed 1 --runs 1000\n  sillok simulate --seed 4711 --runs 1 --print-log");
        return app;
    }

    ExitStatus run() override {
        // Faults are expected here, so their log lines are suppressed.
        spdlog::set_level(spdlog::level::off);
        const auto begin = std::chrono::steady_clock::now();
        std::vector<std::jthread> threads;
        threads.reserve(jobs_);
        for (unsigned job = 0; job < jobs_; ++job) threads.emplace_back([this] { work(); });
        threads.clear();
        const MutexLock lock{mutex_};
        const std::chrono::duration<double> took = std::chrono::steady_clock::now() - begin;
        std::ranges::sort(failed_, {}, &SimulationReport::seed);
        if (json_)
            print(took.count());
        else
            tell(took.count(), print_log_ ? stderr : stdout);  // the log is lines of JSON
        return failed_.empty() ? ExitStatus::done : ExitStatus::failed;
    }

   private:
    void work() {
        for (;;) {
            simulation::SimulationOptions options{.seed = 0, .orders = orders_};
            if (print_log_) options.read_log = print_event;
            {
                const MutexLock lock{mutex_};
                if (begun_ == runs_) return;
                options.seed = seed_ + begun_++;
            }
            auto report = simulation::simulate(options);
            const MutexLock lock{mutex_};
            ++done_;
            sum_.orders += report.orders;
            sum_.events += report.events;
            sum_.crashes += report.crashes;
            sum_.faults += report.faults;
            if (!report.violations.empty()) failed_.push_back(std::move(report));
            progress_.show("runs", done_, runs_);
        }
    }

    static void print_event(const Recorded& event) {
        const auto payload = payload_json(event);
        const Json line{{"position", event.position.value},
                        {"time", rfc3339(event.time)},
                        {"stream", event.stream},
                        {"version", event.version.value},
                        {"type", event.type},
                        {"data", payload ? Json(*payload) : Json{}}};
        fmt::print("{}\n", line.dump());
    }

    void tell(double seconds, std::FILE* to) const SILLOK_REQUIRES(mutex_) {
        for (const auto& report : failed_) {
            fmt::print(to, "seed {}: {} violations\n", report.seed, report.violations.size());
            for (std::size_t i = 0; i < report.violations.size() && i < violations_shown_max; ++i)
                fmt::print(to, "  {}\n", report.violations[i]);
        }
        fmt::print(
            to,
            "{} runs from seed {}: {} orders, {} events, {} faults, {} crashes, {:.1f} s; {} runs with violations\n",
            runs_, seed_, sum_.orders, sum_.events, sum_.faults, sum_.crashes, seconds, failed_.size());
    }

    void print(double seconds) const SILLOK_REQUIRES(mutex_) {
        auto violations = Json::array();
        for (const auto& report : failed_)
            for (const auto& what : report.violations) violations.push_back({{"seed", report.seed}, {"what", what}});
        const Json json{{"seed", seed_},
                        {"runs", runs_},
                        {"orders", sum_.orders},
                        {"events", sum_.events},
                        {"faultsInjected", sum_.faults},
                        {"crashes", sum_.crashes},
                        {"seconds", seconds},
                        {"violations", std::move(violations)}};
        fmt::print("{}\n", json.dump());
    }

    std::uint64_t seed_ = 1;
    std::uint64_t runs_ = 100;
    std::size_t orders_ = 100;
    unsigned jobs_ = std::max(1U, std::thread::hardware_concurrency());
    bool json_ = false;
    bool print_log_ = false;

    Mutex mutex_;
    std::uint64_t begun_ SILLOK_GUARDED_BY(mutex_) = 0;
    std::uint64_t done_ SILLOK_GUARDED_BY(mutex_) = 0;
    SimulationReport sum_ SILLOK_GUARDED_BY(mutex_);
    std::vector<SimulationReport> failed_ SILLOK_GUARDED_BY(mutex_);
    ProgressLine progress_ SILLOK_GUARDED_BY(mutex_);
};

}  // namespace

std::unique_ptr<Subcommand> make_simulate() { return std::make_unique<Simulate>(); }

}  // namespace sillok
