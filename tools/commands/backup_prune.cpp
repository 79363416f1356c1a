// `sillok backup prune`: removes backups by a rule, and says of each one why it stays.
#include "eventstore/transfer/backup_prune.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "tools/commands/backup_json.hpp"
#include "tools/commands/backup_parts.hpp"
#include "tools/option_range.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

class BackupPrune final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& backup) override {
        auto* app = backup.add_subcommand(
            "prune", "Remove backups that no rule keeps; the newest stays, and any with events that it lacks");
        app->add_option("--from,directory", from_, "The backup directory")->required();
        const auto add_rule = [app](const std::string& name, std::uint32_t& number, const std::string& what) {
            app->add_option(name, number, "Keep " + what)->check(between(1, 1'000'000));
        };
        add_rule("--keep-last", options_.rule.last, "the newest N backups");
        add_rule("--keep-daily", options_.rule.daily,
                 "the newest backup of each of the last N days (UTC) that have one");
        add_rule("--keep-weekly", options_.rule.weekly, "the newest backup of each of the last N weeks that have one");
        add_rule("--keep-monthly", options_.rule.monthly,
                 "the newest backup of each of the last N months that have one");
        app->add_flag("--damaged", options_.removes_damaged, "Also remove backups that are damaged at a glance");
        app->add_flag("--dry-run", options_.is_rehearsal, "Say what would be removed, and remove nothing");
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer("Example:\n  sillok backup prune /mnt/backups --keep-daily 7 --keep-weekly 4 --dry-run");
        return app;
    }

    ExitStatus run() override {
        if (options_.rule.is_empty() && !options_.removes_damaged)
            throw Misuse("say what to keep: --keep-last, --keep-daily, --keep-weekly or --keep-monthly");
        if (options_.rule.is_empty()) options_.rule.last = UINT32_MAX;  // only damaged ones are to go
        const auto pruned = prune_backups(from_, options_);
        if (!pruned) throw Failure(pruned.error());
        if (json_)
            print(*pruned);
        else
            tell(*pruned);
        return ExitStatus::done;
    }

   private:
    void tell(const Pruned& pruned) const {
        const auto* removed = options_.is_rehearsal ? "would remove" : "removed";
        std::uint64_t count = options_.removes_damaged ? pruned.damaged.size() : 0;
        for (const auto& damage : pruned.damages) fmt::print("{}\n", text_of(damage));
        for (const auto number : pruned.damaged)
            fmt::print("{:<12} {:>6}  damaged\n", options_.removes_damaged ? removed : "kept", number.value);
        for (const auto& one : pruned.backups) {
            std::string why;
            for (const auto& reason : one.why) why += (why.empty() ? "" : ", ") + reason;
            if (!one.kept) ++count;
            fmt::print("{:<12} {:>6}  {}Z  position {:>12}  {}\n", one.kept ? "kept" : removed, one.backup.number.value,
                       rfc3339(one.backup.time).substr(0, 19), one.backup.head.position.value,
                       one.kept ? why : "no rule keeps it");
        }
        fmt::print("{} {} backups, {} bytes\n", removed, count, pruned.bytes_freed);
    }

    void print(const Pruned& pruned) const {
        auto kept = Json::array();
        auto removed = Json::array();
        for (const auto& one : pruned.backups) {
            auto json = json_of(one.backup);
            if (one.kept) json["why"] = one.why;
            (one.kept ? kept : removed).push_back(std::move(json));
        }
        auto damaged = Json::array();
        for (const auto number : pruned.damaged) damaged.push_back(number.value);
        fmt::print("{}\n", Json{{"dryRun", options_.is_rehearsal},
                                {"kept", std::move(kept)},
                                {"removed", std::move(removed)},
                                {"damaged", std::move(damaged)},
                                {"damagedRemoved", options_.removes_damaged},
                                {"damages", json_of(pruned.damages)},
                                {"bytesFreed", pruned.bytes_freed}}
                               .dump());
    }

    std::filesystem::path from_;
    PruneOptions options_;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_backup_prune() { return std::make_unique<BackupPrune>(); }

}  // namespace sillok
