// `sillok restore`: makes a data directory from a backup, whole or up to an earlier position or time.
#include "api/data_directory.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "eventstore/transfer/backup.hpp"
#include "eventstore/transfer/log_copier.hpp"
#include "eventstore/transfer/position_or_time.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/progress_line.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <utility>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;
namespace fs = std::filesystem;

// As ?asOf= of the HTTP API.
Until parse_until(const std::string& text) {
    if (const auto until = parse_position_or_time(text)) return *until;
    // 2026-11-20 and 2026-11-20 15:54:00 are times, but of no place.
    const bool is_date = text.size() >= 10 && text[4] == '-' && text[7] == '-';
    const bool has_time = text.size() >= 19;
    if (is_date && parse_rfc3339(text.substr(0, 10) + 'T' + (has_time ? text.substr(11, 8) : "00:00:00") + 'Z'))
        throw Misuse("--until " + text + (has_time ? " has no time zone" : " has no time of day and no time zone") +
                     ": write it as 2026-11-20T15:54:00Z, or with +09:00 instead of Z");
    throw Misuse("--until " + text + ": " + std::string{position_or_time_rule});
}

class RestoreCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("restore", "Make a data directory from a backup");
        app->add_option("--from", from_, "The backup directory")->required();
        app->add_option("--to", to_, "The new data directory: absent or empty")->required();
        app->add_option(
            "--until", until_,
            "Restore only commits up to this position or time; the log is cut before the first later commit");
        app->add_option("--backup", number_, "The number of the backup (default: the newest)");
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer(
            "Example:\n  sillok restore --from /mnt/backups --to ./data\n"
            "  sillok restore --from /mnt/backups --to ./data --until 2026-11-20T15:54:00Z");
        return app;
    }

    ExitStatus run() override {
        const auto until = until_.empty() ? std::nullopt : std::optional{parse_until(until_)};
        const auto made = DataDirectory::make(
            to_, [&](const fs::path& log) { return until ? restore_until(log, *until) : restore_all(log); });
        if (!made) throw Failure(made.error());
        if (json_)
            fmt::print("{}\n", Json{{"backup", backup_.number.value},
                                    {"time", rfc3339(backup_.time)},
                                    {"head", end_.position.value},
                                    {"chainHash", hex(end_.chain_hash)},
                                    {"logId", identity_.log_id.text()},
                                    {"epoch", identity_.epoch().value},
                                    {"directory", to_.string()}}
                                   .dump());
        else
            fmt::print("restored backup {} of {}: the log up to position {}; log {}, epoch {}\n", backup_.number.value,
                       rfc3339(backup_.time), end_.position.value, identity_.log_id.text(), identity_.epoch().value);
        return ExitStatus::done;
    }

   private:
    using Done = std::expected<void, std::string>;

    // Opening the log cuts off a write that was unfinished when the backup was made. Nothing acknowledged is lost.
    std::expected<std::unique_ptr<RocksLog>, std::string> restore_and_open(const fs::path& log) {
        const auto number = number_ ? std::optional{BackupNumber{*number_}} : std::nullopt;
        const auto backup = restore_backup(from_, number, log);
        if (!backup) return std::unexpected(backup.error());
        backup_ = *backup;
        return RocksLog::open(log, RocksLog::Mode::existing);
    }

    Done restore_all(const fs::path& log) {
        const auto restored = restore_and_open(log);
        if (!restored) return std::unexpected(restored.error());
        const auto head = (*restored)->head();
        end_ = {head.position, head.chain_hash};
        return begin_epoch_of(**restored, (*restored)->identity());
    }

    // The log that was backed up may have gone on otherwise.
    Done begin_epoch_of(RocksLog& log, LogIdentity backed_up) {
        auto begun = begin_epoch(log, std::move(backed_up));
        identity_ = log.identity();
        return begun;
    }

    // The whole backup lies beside the new log until the commits are copied.
    Done restore_until(const fs::path& log, const Until& until) {
        const auto whole = log.parent_path() / "restoring.partial";
        {
            const auto restored = restore_and_open(whole);
            if (!restored) return std::unexpected(restored.error());
            if (const auto* position = std::get_if<Position>(&until))
                if (const auto end = (*restored)->head().position; *position > end)
                    return std::unexpected(fmt::format("the backup ends at position {}", end.value));
            const auto copy = RocksLog::open(log, RocksLog::Mode::create);
            if (!copy) return std::unexpected(copy.error());
            ProgressLine progress;
            const auto copied =
                copy_log(**restored, **copy, until, [&](Position at) { progress.show("copying", at.value, 0); });
            if (!copied) return std::unexpected(copied.error());
            end_ = *copied;
            if (end_.position == Position{0} && (*restored)->head().position > Position{0} &&
                std::holds_alternative<Timestamp>(until))
                return std::unexpected("no event of the backup is as old as --until says: nothing would be restored");
            say_what_is_left_out(until);
            if (auto begun = begin_epoch_of(**copy, (*restored)->identity()); !begun) return begun;
        }
        std::error_code error;
        fs::remove_all(whole, error);
        if (error) return std::unexpected(whole.string() + " cannot be removed: " + error.message());
        return {};
    }

    void say_what_is_left_out(const Until& until) const {
        const auto* position = std::get_if<Position>(&until);
        if (position == nullptr || *position == end_.position) return;
        fmt::print(stderr, "position {} is within a commit, which is left out: the log ends before it, at {}\n",
                   position->value, end_.position.value);
    }

    fs::path from_;
    fs::path to_;
    std::string until_;
    std::optional<std::uint32_t> number_;
    bool json_ = false;
    Backup backup_;
    Copied end_;
    LogIdentity identity_;
};

}  // namespace

std::unique_ptr<Subcommand> make_restore() { return std::make_unique<RestoreCommand>(); }

}  // namespace sillok
