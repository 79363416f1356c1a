// `sillok backup`: copies the log of a running server, or of a data directory that no server has open; and what can be
// done with the copies: backup_parts.hpp.
#include "eventstore/transfer/backup.hpp"
#include "api/data_directory.hpp"
#include "tools/commands/backup_json.hpp"
#include "tools/commands/backup_parts.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/http_client.hpp"
#include "tools/offline_log.hpp"
#include "tools/option_range.hpp"
#include "tools/progress_line.hpp"
#include "tools/rate_option.hpp"
#include "tools/server_refusal.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::chrono::seconds connect_timeout{5};  // to reach it
constexpr std::chrono::hours copying_max{12};

class BackupCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand(
            "backup", "Copy the log into a backup directory; unchanged files are shared with earlier backups");
        auto* data = add_data_option(*app, data_);
        app->add_option("--server", server_,
                        "A running server that was started with --backups, for example http://127.0.0.1:8080")
            ->excludes(data);
        app->add_option("--to", to_,
                        "The backup directory, required; with --server a path below the server's --backups directory");
        app->add_option("--keep", keep_,
                        "Afterwards remove the oldest backups of this log until this number is left, 1 or more")
            ->check(between(1, 1'000'000));
        app->add_option("--max-rate", max_rate_, "The most bytes to read or write in a second: 20MiB");
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer(
            "Example:\n  sillok backup --data ./data --to /mnt/backups\n"
            "  sillok backup --server http://127.0.0.1:8080 --to nightly");
        app->require_subcommand(0, 1);
        for (auto make : {make_backup_list, make_backup_verify, make_backup_prune}) {
            auto part = make();
            auto* declared = part->declare(*app);
            parts_.emplace_back(declared, std::move(part));
        }
        return app;
    }

    ExitStatus run() override {
        for (const auto& [declared, part] : parts_)
            if (declared->parsed()) {
                if (keep_) throw Misuse("--keep is not an option of backup " + declared->get_name());
                return part->run();
            }
        if (to_.empty()) throw Misuse("--to is required; see sillok backup --help");
        if (data_.empty() == server_.empty()) throw Misuse("give --data DIR or --server URL");
        const auto backup = server_.empty() ? of_directory() : of_server();
        if (json_)
            fmt::print("{}\n", backup.dump());
        else
            fmt::print("backup {}: the log up to position {}, {} bytes, {} of them new\n",
                       backup.at("backup").get<std::uint32_t>(), backup.at("head").get<std::uint64_t>(),
                       backup.at("bytes").get<std::uint64_t>(), backup.at("bytesCopied").get<std::uint64_t>());
        if (!json_ && keep_) fmt::print("{} older backups removed\n", backup.value("removed", 0u));
        if (const auto replaced = backup.value("replaced", 0u); replaced > 0)
            fmt::print(stderr, "{} damaged files of earlier backups were replaced\n", replaced);
        if (const auto remark = backup.find("remark"); remark != backup.end())
            fmt::print(stderr, "{}\n", remark->get<std::string>());
        return ExitStatus::done;
    }

   private:
    [[nodiscard]] Json of_directory() const {
        if (lies_inside(to_, data_))
            throw Failure(to_ + " is inside the data directory " + data_.string() + "; choose another directory",
                          "wrong-path");
        const auto directory = lock_data(data_);
        const auto log = open_log(directory, RocksLog::Mode::existing);
        ProgressLine progress;
        const auto backup = back_up(*log, to_,
                                    {.keep = keep_,
                                     .bytes_per_second = rate_of("--max-rate", max_rate_),
                                     .progress = [&](std::uint64_t done, std::uint64_t of) {
                                         progress.show(of == 0 ? "comparing" : "copying", done, of);
                                     }});
        if (!backup) throw_failed(backup.error());
        return made_json(*backup, to_);
    }

    [[noreturn]] static void throw_failed(const BackupError& error) {
        if (error.kind == BackupError::Kind::another_log) throw Failure(error.what, "backup-of-another-log");
        if (error.kind == BackupError::Kind::no_room) throw Failure(error.what, "disk-full");
        throw Failure(error.what);
    }

    [[nodiscard]] Json of_server() const {
        const auto server = parse_server(server_);
        if (!server) throw Misuse(server.error());
        nlohmann::json body{{"to", to_}};
        if (keep_) body["keep"] = *keep_;
        if (const auto rate = rate_of("--max-rate", max_rate_); rate > 0) body["maxRate"] = rate;
        const auto answer = exchange_once(
            *server,
            {.method = Method::post, .target = "/v1/admin/backups", .body = body.dump(), .answer_max = copying_max},
            connect_timeout);
        if (answer.status != 201) throw_refused("the backup", answer);
        return Json::parse(answer.body);
    }

    std::filesystem::path data_;
    std::string server_;
    std::string to_;
    std::optional<std::uint32_t> keep_;
    std::string max_rate_;
    std::vector<std::pair<CLI::App*, std::unique_ptr<Subcommand>>> parts_;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_backup() { return std::make_unique<BackupCommand>(); }

}  // namespace sillok
