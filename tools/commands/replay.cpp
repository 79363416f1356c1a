// `sillok replay`: rebuilds read models from the log next to the current ones, compares the rows, then switches.
#include "projections/read_models.hpp"
#include "tools/advice.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/nearest_word.hpp"
#include "tools/offline_log.hpp"
#include "tools/progress_line.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

Json json_of(const RebuildReport& report) {
    auto first = Json::array();
    for (const auto& [key, what] : report.first_differences) first.push_back({{"key", key}, {"what", what}});
    Json json{{"name", report.name},
              {"version", report.version},
              {"events", report.events},
              {"seconds", report.seconds},
              {"eventsPerSecond", report.seconds > 0 ? static_cast<double>(report.events) / report.seconds : 0.0},
              {"rows", report.rows},
              {"differences", report.differences},
              {"firstDifferences", std::move(first)},
              {"parkedKeys", report.parked_keys},
              {"compared", report.compared},
              {"switched", report.switched}};
    if (!report.damage.empty()) json["damage"] = report.damage;
    return json;
}

void tell(const RebuildReport& report) {
    const auto outcome = !report.damage.empty()    ? "the old one is damaged"
                         : !report.compared        ? "there was none to compare it with"
                         : report.differences == 0 ? "equal to the old one, row by row"
                                                   : fmt::format("{} differences from the old one", report.differences);
    fmt::print("{}: {} rows from {} events in {:.2f} s; {}{}\n", report.name, report.rows, report.events,
               report.seconds, outcome, report.switched ? "; it has taken over" : "");
    for (const auto& [key, what] : report.first_differences)
        fmt::print("  {}{}{}\n", key, key.empty() ? "" : ": ", what);
    if (report.parked_keys > 0)
        fmt::print("  {} keys are parked behind an event that cannot be read\n", report.parked_keys);
    if (!report.damage.empty() && !report.switched) fmt::print("  replay without --dry-run builds it again\n");
}

class Replay final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("replay", "Rebuild read models from the log");
        add_data_option(*app, data_)->required();
        auto* all = app->add_flag("--all", all_, "Rebuild every read model");
        app->add_option("--projection", projection_, "Rebuild one read model, by its name")->excludes(all);
        app->add_flag("--dry-run", dry_run_, "Compare only and change nothing; exit status 3 when a row differs");
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer("Example:\n  sillok replay --all --data ./data --dry-run");
        return app;
    }

    ExitStatus run() override {
        if (all_ != projection_.empty()) throw Misuse("replay takes either --all or --projection NAME");
        const OfflineLog log{data_, OfflineLog::Access::read};
        if (const auto room = log.directory.check_room(); !room) throw Failure(room.error());
        const auto models = open_models(log);

        auto reports = Json::array();
        bool different = false;
        bool compared = true;
        for (auto* model : chosen(*models)) {
            const auto report = rebuild(*model);
            if (!json_) tell(report);
            different = different || report.differences > 0;
            compared = compared && report.compared;
            reports.push_back(json_of(report));
        }
        if (json_) fmt::print("{}\n", Json{{"projections", std::move(reports)}}.dump());
        if (!dry_run_) return ExitStatus::done;
        if (different) return ExitStatus::different;
        if (!compared) fmt::print(stderr, "sillok: --dry-run has not compared every read model: one was missing\n");
        return compared ? ExitStatus::done : ExitStatus::failed;
    }

   private:
    // What is damaged so that it cannot even be opened is emptied first where all of it is built again.
    [[nodiscard]] std::unique_ptr<ReadModels> open_models(const OfflineLog& log) const {
        const auto directory = log.directory.views();
        auto models = ReadModels::open(directory, log.store, ReadModels::Mode::create);
        if (!models && all_ && !dry_run_ && code_of(models.error()) == "damaged") {
            fmt::print(stderr, "sillok: {}: --all does so\n", models.error());
            for (const auto& file : std::filesystem::directory_iterator{directory})
                std::filesystem::remove_all(file.path());
            models = ReadModels::open(directory, log.store, ReadModels::Mode::create);
        }
        if (!models) throw Failure(models.error());
        return *std::move(models);
    }

    [[nodiscard]] std::vector<ReadModel*> chosen(const ReadModels& models) const {
        if (all_) return {models.all().begin(), models.all().end()};
        if (auto* one = models.find(projection_)) return {one};
        std::vector<std::string> names;
        std::string all;
        for (const auto* model : models.all()) {
            names.emplace_back(model->name());
            all += (all.empty() ? "" : ", ") + names.back();
        }
        const auto near = did_you_mean(projection_, names);
        throw Misuse("there is no projection '" + projection_ + "'" + (near.empty() ? "; there are " + all : near));
    }

    [[nodiscard]] RebuildReport rebuild(ReadModel& model) const {
        ProgressLine progress;
        RebuildOptions options{.dry_run = dry_run_};
        options.progress = [&](const RebuildProgress& now) {
            progress.show(now.name, now.position.value, now.head.value);
        };
        auto report = model.rebuild(options);
        if (!report) throw Failure(report.error());
        return std::move(*report);
    }

    std::filesystem::path data_;
    std::string projection_;
    bool all_ = false;
    bool dry_run_ = false;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_replay() { return std::make_unique<Replay>(); }

}  // namespace sillok
