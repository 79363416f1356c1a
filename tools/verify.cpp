// `sillok verify`: proves the log whole, and that the read models have consumed it, every event once.
#include "eventstore/verify.hpp"

#include "projections/read_models.hpp"
#include "tools/offline_log.hpp"
#include "tools/progress.hpp"
#include "tools/subcommand.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <filesystem>
#include <string>
#include <utility>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const LogProblem& problem) {
    Json json;
    if (problem.position) json["position"] = problem.position->value;
    if (!problem.stream.empty()) json["stream"] = problem.stream;
    json["what"] = problem.what;
    return json;
}

void tell(const LogProblem& problem) {
    std::string where;
    if (problem.position) where += fmt::format("position {}: ", problem.position->value);
    if (!problem.stream.empty()) where += fmt::format("stream {}: ", problem.stream);
    fmt::print(stderr, "{}{}\n", where, problem.what);
}

class Verify final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("verify", "Prove the log whole and the read models complete");
        app->add_option("--data", data_, "The data directory of a server that is not running")->required();
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer("Example:\n  sillok verify --data ./data --json");
        return app;
    }

    ExitStatus run() override {
        const auto directory = lock_data(data_);
        auto report = verify_the_log(directory);
        if (report.ok()) check_read_models(directory, report);  // what a broken log says about them proves nothing
        for (const auto& problem : report.problems) tell(problem);
        if (report.ok())
            fmt::print(stderr, "the log is whole: {} events in {} streams, head {}\n", report.events, report.streams,
                       report.head.value);
        if (json_) print(report);
        return report.ok() ? ExitStatus::done : ExitStatus::failed;
    }

   private:
    static LogReport verify_the_log(const DataDirectory& directory) {
        Progress progress;
        return verify_log_directory(directory.log(), [&](Position at) { progress.show("verifying", at.value, 0); });
    }

    static void check_read_models(const DataDirectory& directory, LogReport& report) {
        if (!std::filesystem::exists(directory.views())) return;  // they come back with the next start
        const EventStore store{open_log(directory, RocksLog::Mode::read_only)};
        const auto models = ReadModels::open(directory.views(), store, ReadModels::Mode::read_only);
        if (!models) {
            report.problems.push_back({.position = {}, .stream = "", .what = models.error()});
            return;
        }
        for (auto& finding : (*models)->check())
            report.problems.push_back({.position = finding.position,
                                       .stream = "",
                                       .what = "read model " + finding.name + ": " + finding.what});
    }

    static void print(const LogReport& report) {
        auto problems = Json::array();
        for (const auto& problem : report.problems) problems.push_back(json_of(problem));
        const Json json{{"ok", report.ok()},
                        {"events", report.events},
                        {"streams", report.streams},
                        {"head", report.head.value},
                        {"chainHash", hex(report.chain_hash)},
                        {"problems", std::move(problems)}};
        fmt::print("{}\n", json.dump());
    }

    std::filesystem::path data_;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_verify() { return std::make_unique<Verify>(); }

}  // namespace sillok
