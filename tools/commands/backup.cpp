// `sillok backup`: copies the log of a running server, or of a data directory that no server has open.
#include "eventstore/transfer/backup.hpp"
#include "api/data_directory.hpp"
#include "eventstore/base/rfc3339.hpp"

#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/http_client.hpp"
#include "tools/offline_log.hpp"
#include "tools/option_range.hpp"
#include "tools/server_refusal.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

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
                        "The backup directory; with --server a path below the server's --backups directory")
            ->required();
        app->add_option("--keep", keep_,
                        "Afterwards remove the oldest backups of this log until this number is left, 1 or more")
            ->check(between(1, 1'000'000));
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer(
            "Example:\n  sillok backup --data ./data --to /mnt/backups\n"
            "  sillok backup --server http://127.0.0.1:8080 --to nightly");
        return app;
    }

    ExitStatus run() override {
        if (data_.empty() == server_.empty()) throw Misuse("give --data DIR or --server URL");
        const auto backup = server_.empty() ? of_directory() : of_server();
        if (json_)
            fmt::print("{}\n", backup.dump());
        else
            fmt::print("backup {}: the log up to position {}, {} bytes, {} of them new\n",
                       backup.at("backup").get<std::uint32_t>(), backup.at("head").get<std::uint64_t>(),
                       backup.at("bytes").get<std::uint64_t>(), backup.at("bytesCopied").get<std::uint64_t>());
        if (!json_ && keep_) fmt::print("{} older backups removed\n", backup.value("removed", 0u));
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
        const auto backup = back_up(*log, to_, keep_);
        if (!backup) throw_failed(backup.error());
        Json json{{"backup", backup->number.value},
                  {"time", rfc3339(backup->time)},
                  {"head", backup->head.position.value},
                  {"chainHash", hex(backup->head.chain_hash)},
                  {"logId", backup->log.log_id.text()},
                  {"epoch", backup->log.epoch().value},
                  {"bytes", backup->bytes},
                  {"bytesCopied", backup->bytes_copied},
                  {"removed", backup->removed},
                  {"directory", to_}};
        if (!backup->remark.empty()) json["remark"] = backup->remark;
        return json;
    }

    [[noreturn]] static void throw_failed(const BackupError& error) {
        if (error.kind == BackupError::Kind::another_log) throw Failure(error.what, "backup-of-another-log");
        throw Failure(error.what);
    }

    [[nodiscard]] Json of_server() const {
        const auto server = parse_server(server_);
        if (!server) throw Misuse(server.error());
        nlohmann::json body{{"to", to_}};
        if (keep_) body["keep"] = *keep_;
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
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_backup() { return std::make_unique<BackupCommand>(); }

}  // namespace sillok
