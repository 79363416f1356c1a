// `sillok backup list`: which backups a directory holds, and what is damaged at a glance.
#include "eventstore/base/rfc3339.hpp"
#include "eventstore/transfer/backup_check.hpp"
#include "tools/commands/backup_json.hpp"
#include "tools/commands/backup_parts.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdio>
#include <utility>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

void print_row(const Backup& backup, bool is_damaged) {
    fmt::print("{:>6}  {}  {:>12}  {:>14}  {:>14}  {} epoch {}{}\n", backup.number.value,
               rfc3339(backup.time).substr(0, 19) + 'Z', backup.head.position.value, backup.bytes, backup.bytes_copied,
               backup.log.log_id.is_nil() ? "unknown" : backup.log.log_id.text(), backup.log.epoch().value,
               is_damaged ? "  damaged" : "");
}

class BackupListing final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& backup) override {
        auto* app = backup.add_subcommand("list", "List the backups of a directory");
        app->add_option("--from,directory", from_, "The backup directory")->required();
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer("Example:\n  sillok backup list /mnt/backups");
        return app;
    }

    ExitStatus run() override {
        print_backups(from_, json_);
        return ExitStatus::done;
    }

   private:
    std::filesystem::path from_;
    bool json_ = false;
};

}  // namespace

void print_backups(const std::filesystem::path& from, bool as_json) {
    const auto list = list_backups(from);
    if (!list) throw Failure(list.error());
    const auto check = check_backups(from, {.beside_a_writer = true});
    if (!check) throw Failure(check.error());
    if (as_json) {
        auto all = Json::array();
        for (const auto& backup : list->good) {
            auto one = json_of(backup);
            one["damaged"] = check->is_damaged(backup.number);
            all.push_back(std::move(one));
        }
        fmt::print("{}\n",
                   Json{{"directory", from.string()}, {"backups", std::move(all)}, {"damages", json_of(check->damages)}}
                       .dump());
        return;
    }
    if (list->good.empty() && list->damaged.empty()) return static_cast<void>(fmt::print("no backups\n"));
    fmt::print("{:>6}  {:<20}  {:>12}  {:>14}  {:>14}  {}\n", "backup", "time", "position", "bytes", "new bytes",
               "log");
    for (const auto& backup : list->good) print_row(backup, check->is_damaged(backup.number));
    for (const auto& damage : check->damages) fmt::print("{}\n", text_of(damage));
}

std::unique_ptr<Subcommand> make_backup_list() { return std::make_unique<BackupListing>(); }

}  // namespace sillok
