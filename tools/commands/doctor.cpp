// `sillok doctor`: looks at the machine, a data directory, its backups and a server, and says what to do.
#include "eventstore/base/clock.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/data_option.hpp"
#include "tools/doctor/directory.hpp"
#include "tools/doctor/machine.hpp"
#include "tools/status/status.hpp"

#include <spdlog/fmt/fmt.h>
#include <CLI/CLI.hpp>

#include <filesystem>
#include <iterator>
#include <string>
#include <utility>

namespace sillok {
namespace {

class DoctorCommand final : public Subcommand {
   public:
    CLI::App* declare(CLI::App& program) override {
        auto* app =
            program.add_subcommand("doctor", "Look at the machine, a directory and a server, and say what to do");
        add_data_option(*app, data_, "A data directory; also one that a server has open, but then without its log");
        app->add_option("--server", server_, "A running server, for example http://127.0.0.1:8080; beside --data");
        app->add_option("--backups", backups_, "A directory of backups, as sillok backup --to has written it");
        app->add_flag("--json", json_, "One JSON object on standard output");
        app->footer(
            "Nothing is changed. Exit status 3: something is to be done.\n"
            "Example:\n  sillok doctor --data ./data --backups /mnt/backups");
        return app;
    }

    ExitStatus run() override {
        auto clock = clock_of_this_machine();
        auto found = examine_limits(limits_of_this_process());
        found.push_back(examine_memory(memory_of_this_machine()));
        const auto add = [&found](Examination more) { std::ranges::move(more, std::back_inserter(found)); };
        found.push_back(good("version", "sillok " SILLOK_VERSION));
        if (!data_.empty()) {
            auto examined = examine_data(data_, clock.now);
            clock.last_event = examined.last_event;
            add(std::move(examined.findings));
        }
        if (!backups_.empty()) add(examine_backups(backups_, clock.now));
        add(examine_clock(clock));
        if (!server_.empty()) add(examine_server());
        fmt::print("{}", json_ ? json_of(found).dump() + '\n' : table_of(found));
        return is_well(found) ? ExitStatus::done : ExitStatus::different;
    }

   private:
    [[nodiscard]] Examination examine_server() const {
        const auto status = status_of_server(server_);
        const auto attention = attention_in(status);
        Examination found;
        for (const auto& sentence : attention) {
            const auto colon = sentence.find("; ");
            const auto advice =
                colon == std::string::npos ? "see sillok status --server " + server_ : sentence.substr(colon + 2);
            found.push_back(act("server", sentence.substr(0, colon), advice));
        }
        if (found.empty() && status.at("status") != "ready")
            found.push_back(act("server", "the server at " + server_ + " is not ready", "wait, or see its log"));
        if (found.empty()) found.push_back(good("server", "the server at " + server_ + " is ready"));
        return found;
    }

    std::filesystem::path data_;
    std::string server_;
    std::filesystem::path backups_;
    bool json_ = false;
};

}  // namespace

std::unique_ptr<Subcommand> make_doctor() { return std::make_unique<DoctorCommand>(); }

}  // namespace sillok
