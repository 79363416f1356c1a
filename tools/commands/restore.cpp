// `sillok restore`: makes a data directory from a backup, whole or up to an earlier position or time.
#include "api/data_directory.hpp"
#include "eventstore/base/pace.hpp"
#include "eventstore/base/rfc3339.hpp"
#include "eventstore/transfer/backup.hpp"
#include "eventstore/transfer/log_copier.hpp"
#include "eventstore/transfer/position_or_time.hpp"
#include "tools/commands/backup_parts.hpp"
#include "tools/commands/restore_rehearsal.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/progress_line.hpp"
#include "tools/rate_option.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <system_error>
#include <thread>
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

// Shows how far a restore is, by the files that are there. On a terminal only.
class DirectoryGrowth {
   public:
    DirectoryGrowth(fs::path directory, std::uint64_t bytes) : directory_(std::move(directory)), bytes_(bytes) {
        if (line_.is_on_terminal()) watching_ = std::jthread{[this](const std::stop_token& stop) { watch(stop); }};
    }

   private:
    void watch(const std::stop_token& stop) {
        Pace looks{10, stop};  // ten times a second
        while (looks.take(1)) {
            std::error_code error;
            std::uint64_t there = 0;
            for (const auto& entry : fs::directory_iterator{directory_, error})
                if (const auto size = entry.file_size(error); !error) there += size;
            line_.show("restoring", std::min(there, bytes_), bytes_);
        }
    }

    const fs::path directory_;
    const std::uint64_t bytes_;
    ProgressLine line_;
    std::jthread watching_;  // last: it uses the others
};

class RestoreCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("restore", "Make a data directory from a backup");
        app->add_option("--from", from_, "The backup directory")->required();
        app->add_option("--to", to_, "The new data directory: absent or empty; required unless nothing is restored");
        app->add_option(
            "--until", until_,
            "Restore only commits up to this position or time; the log is cut before the first later commit");
        app->add_option("--backup", number_, "The number of the backup (default: the newest)");
        auto* list = app->add_flag("--list", list_, "List the backups, and restore nothing");
        app->add_flag("--dry-run", dry_run_, "Say what would be restored and what --until would cut; restore nothing")
            ->excludes(list);
        app->add_option("--max-rate", max_rate_, "The most bytes to write in a second: 20MiB");
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer(
            "Example:\n  sillok restore --from /mnt/backups --to ./data\n"
            "  sillok restore --from /mnt/backups --to ./data --until 2026-11-20T15:54:00Z --dry-run");
        return app;
    }

    ExitStatus run() override {
        const auto until = until_.empty() ? std::nullopt : std::optional{parse_until(until_)};
        if (list_) {
            print_backups(from_, json_);
            return ExitStatus::done;
        }
        if (dry_run_) {
            print_rehearsal({.from = from_, .number = asked_for(), .until = until, .to = to_, .as_json = json_});
            return ExitStatus::done;
        }
        if (to_.empty()) throw Misuse("--to is required; see sillok restore --help");
        rate_ = rate_of("--max-rate", max_rate_);
        if (lies_inside(to_, from_))
            throw Failure(to_.string() + " is inside the backup directory " + from_.string() +
                          "; choose another directory");
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

    [[nodiscard]] std::optional<BackupNumber> asked_for() const {
        return number_.transform([](auto number) { return BackupNumber{number}; });
    }

    // Opening the log cuts off a write that was unfinished when the backup was made. Nothing acknowledged is lost.
    std::expected<std::unique_ptr<RocksLog>, std::string> restore_and_open(const fs::path& log, std::uint64_t copies) {
        const auto expected = backup_to_restore(from_, asked_for());
        if (!expected) return std::unexpected(expected.error());
        const DirectoryGrowth shown{log, expected->bytes};
        const auto backup = restore_backup(from_, asked_for(), log, {.bytes_per_second = rate_, .copies = copies});
        if (!backup) return std::unexpected(backup.error());
        backup_ = *backup;
        return RocksLog::open(log, RocksLog::Mode::existing);
    }

    Done restore_all(const fs::path& log) {
        const auto restored = restore_and_open(log, 1);
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
            const auto restored = restore_and_open(whole, 2);
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
        fmt::print(stderr,
                   "position {} is within the commit of positions {} to {}, which is left out: the log ends before it, "
                   "at {}\n",
                   position->value, next(end_.position).value, end_.left_out_to.value, end_.position.value);
    }

    fs::path from_;
    fs::path to_;
    std::string until_;
    std::optional<std::uint32_t> number_;
    bool list_ = false;
    bool dry_run_ = false;
    std::string max_rate_;
    bool json_ = false;
    std::uint64_t rate_ = 0;
    Backup backup_;
    Copied end_;
    LogIdentity identity_;
};

}  // namespace

std::unique_ptr<Subcommand> make_restore() { return std::make_unique<RestoreCommand>(); }

}  // namespace sillok
