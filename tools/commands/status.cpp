// `sillok status`: what a server or a data directory says of itself, and what needs an operator.
#include "tools/status/status.hpp"

#include "eventstore/base/parse_number.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/http_client.hpp"
#include "tools/standard_streams.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>

#include <unistd.h>

#include <chrono>
#include <cstdio>
#include <filesystem>
#include <optional>
#include <string>
#include <thread>

namespace sillok {
namespace {

class StatusCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app = program.add_subcommand("status", "Show how a server or a data directory is, and what needs you");
        add_data_option(*app, data_);
        app->add_option("--server", server_,
                        "A running server, for example http://127.0.0.1:8080; used instead of --data");
        app->add_option("--watch", watch_, "Show it again after this number of seconds, until interrupted")
            ->expected(0, 1)
            ->default_str("2")
            ->type_name("SECONDS");
        app->add_flag("--json", json_, "One JSON object on standard output; with --watch one line each time");
        app->footer(
            "Exit status 3: something needs an operator; 4: the server does not answer.\n"
            "Example:\n  sillok status --server http://127.0.0.1:8080\n  sillok status --data ./data --json");
        return app;
    }

    ExitStatus run() override {
        if (data_.empty() && server_.empty()) throw Misuse("give --data DIR or --server URL");
        if (!watch_) return show_once();
        const auto seconds = parse_number<std::uint32_t>(*watch_);
        if (!seconds || *seconds == 0) throw Misuse("--watch: '" + *watch_ + "' is not a number of seconds");
        for (;; std::this_thread::sleep_for(std::chrono::seconds{*seconds})) {
            if (!json_ && isatty(STDOUT_FILENO) == 1) fmt::print("\033[H\033[2J");
            try {
                static_cast<void>(show_once());
            } catch (const NoAnswer& error) {
                fmt::print(stderr, "{}\n", error.what());
            } catch (const NotReachable& error) {
                fmt::print(stderr, "{}\n", error.what());
            }
            if (const auto unwritten = unwritten_output()) throw Failure(*unwritten, "output");
        }
    }

   private:
    [[nodiscard]] ExitStatus show_once() const {
        const auto status = server_.empty() ? status_of_directory(data_) : status_of_server(server_);
        fmt::print("{}", json_ ? status.dump() + '\n' : table_of(status));
        if (!status.at("attention").empty()) return ExitStatus::different;
        return status.at("status") == "not ready" ? ExitStatus::not_reachable : ExitStatus::done;
    }

    std::filesystem::path data_;
    std::string server_;
    std::optional<std::string> watch_;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_status() { return std::make_unique<StatusCommand>(); }

}  // namespace sillok
