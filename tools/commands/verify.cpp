// `sillok verify`: checks the whole log, and that each read model has consumed every event once.
#include "eventstore/proof/verify.hpp"
#include "eventstore/proof/verified_head.hpp"

#include "api/witnesses.hpp"
#include "projections/read_models.hpp"
#include "tools/advice.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/offline_log.hpp"
#include "tools/progress_line.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto read_models_prefix = "read model";

// The read models can be built again from a log that is whole; the log itself cannot.
std::string_view what_to_do(const LogReport& report) {
    const auto is_of_log = [](const LogProblem& problem) { return !problem.what.starts_with(read_models_prefix); };
    return std::ranges::any_of(report.problems, is_of_log)
               ? "the log is not what was written: keep this directory, and restore a backup beside it"
               : "the log is whole: sillok replay --all builds the read models again";
}

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
    fmt::print("{}{}\n", where, problem.what);
}

class Verify final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("verify", "Check the whole log, and that no read model skipped an event");
        add_data_option(*app, data_)->required();
        app->add_flag("--since-last", since_last_,
                      "Check only the events after the last successful verification; read models are not checked");
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer("Example:\n  sillok verify --data ./data --json\n  sillok verify --data ./data --since-last");
        return app;
    }

    ExitStatus run() override {
        const auto directory = lock_data(data_, DataDirectory::Mode::read_only);
        const auto witnesses = witnesses_of(directory);
        const auto missing = missing_log(directory, witnesses);
        const auto since = since_last_ ? last_verified(directory) : std::nullopt;
        auto report = missing ? LogReport{} : verify_the_log(directory, since);
        if (missing) report.problems.push_back({.position = {}, .stream = "", .what = missing->refusal()});
        if (report.ok()) check_witnesses(directory, witnesses, report);
        if (report.ok() && !since) check_read_models(directory, report);  // a broken log proves nothing about them
        if (report.ok()) remember(directory, report);
        refuse_what_is_ours(report);
        if (json_)
            print(report);
        else
            tell(report);
        return report.ok() ? ExitStatus::done : ExitStatus::different;
    }

   private:
    // What this process is short of, or may not read, is no damage of the log.
    static void refuse_what_is_ours(const LogReport& report) {
        for (const auto& problem : report.problems)
            if (const auto code = code_of(problem.what); code == "limit-reached" || code == "permission-denied")
                throw Failure(problem.what);
    }

    // Without a readable earlier result everything is verified, which is more than was asked for.
    static std::optional<VerifiedHead> last_verified(const DataDirectory& directory) {
        const auto last = read_verified_head(directory.verified());
        if (!last)
            fmt::print(stderr, "{}: everything is verified\n", last.error());
        else if (!*last)
            fmt::print(stderr, "nothing was verified here before: everything is verified now\n");
        return last.value_or(std::nullopt);
    }

    static LogReport verify_the_log(const DataDirectory& directory, const std::optional<VerifiedHead>& since) {
        ProgressLine progress;
        return verify_log_directory(
            directory.log(), [&](Position at) { progress.show("verifying", at.value, 0); }, {}, since);
    }

    static void remember(const DataDirectory& directory, const LogReport& report) {
        const auto kept = write_verified_head(directory.verified(), {report.head, report.chain_hash, report.root});
        if (!kept) fmt::print(stderr, "{}: the next verification cannot begin from here\n", kept.error());
    }

    static void tell(const LogReport& report) {
        for (const auto& problem : report.problems) sillok::tell(problem);
        if (!report.ok()) {
            fmt::print("{}\n", what_to_do(report));
            return;
        }
        if (report.head == Position{0}) {
            fmt::print("the log is empty\nroot {}\n", hex(report.root));
            return;
        }
        if (report.from == Position{0}) {
            fmt::print("the log is whole: {} events in {} streams, head {}\nroot {}\n", report.events, report.streams,
                       report.head.value, hex(report.root));
            return;
        }
        fmt::print(
            "the log is whole since position {}: {} events in {} streams, head {}\nroot {}\n"
            "not looked at: the events up to position {}, what the indexes say of them, table files as such, the read "
            "models\n",
            report.from.value, report.events, report.streams, report.head.value, hex(report.root), report.from.value);
    }

    // A log that is whole may still be another one, or an older copy.
    static void check_witnesses(const DataDirectory& directory, const std::vector<Witness>& witnesses,
                                LogReport& report) {
        const auto log = RocksLog::open(directory.log(), RocksLog::Mode::read_only);
        if (!log) return report.problems.push_back({.position = {}, .stream = "", .what = log.error()});
        if (auto found = contradiction(directory, witnesses, **log))
            report.problems.push_back({.position = found->witness.position, .stream = "", .what = found->refusal()});
    }

    static void check_read_models(const DataDirectory& directory, LogReport& report) {
        if (!std::filesystem::exists(directory.views())) {
            fmt::print(stderr, "not looked at: there are no read models; the next start of a server builds them\n");
            return;
        }
        const EventStore store{open_log(directory, RocksLog::Mode::read_only)};
        const auto models = ReadModels::open(directory.views(), store, ReadModels::Mode::read_only);
        if (!models) {
            report.problems.push_back(
                {.position = {}, .stream = "", .what = std::string{read_models_prefix} + "s: " + models.error()});
            return;
        }
        for (auto& finding : (*models)->check())
            report.problems.push_back(
                {.position = finding.position,
                 .stream = "",
                 .what = std::string{read_models_prefix} + ' ' + finding.name + ": " + finding.what});
    }

    static void print(const LogReport& report) {
        auto problems = Json::array();
        for (const auto& problem : report.problems) problems.push_back(json_of(problem));
        Json json{{"ok", report.ok()},
                  {"events", report.events},
                  {"streams", report.streams},
                  {"head", report.head.value},
                  {"chainHash", hex(report.chain_hash)},
                  {"root", hex(report.root)},
                  {"from", report.from.value},
                  {"problems", std::move(problems)}};
        if (!report.log.log_id.is_nil()) {
            json["logId"] = report.log.log_id.text();
            json["epoch"] = report.log.epoch().value;
        }
        fmt::print("{}\n", json.dump());
    }

    std::filesystem::path data_;
    bool since_last_ = false;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_verify() { return std::make_unique<Verify>(); }

}  // namespace sillok
