// The `sillok` program: parses the command line, runs one subcommand, and turns its errors into one sentence and an exit
// status.
#include "tools/commands/subcommand.hpp"
#include "tools/environment.hpp"
#include "tools/log_format.hpp"

#include <CLI/CLI.hpp>

#include <cstdio>
#include <exception>
#include <memory>
#include <utility>
#include <vector>

namespace {

using sillok::ExitStatus;

ExitStatus say(const std::exception& error, ExitStatus status) {
    std::fprintf(stderr, "sillok: %s\n", error.what());
    return status;
}

ExitStatus run(sillok::Subcommand& command) {
    try {
        return command.run();
    } catch (const sillok::Misuse& error) {
        return say(error, ExitStatus::misused);
    } catch (const std::exception& error) {
        return say(error, ExitStatus::failed);
    }
}

}  // namespace

int main(int argc, char** argv) {
    sillok::log_to_standard_error(sillok::LogFormat::text, spdlog::level::info);
    CLI::App program{"Sillok: an event-sourced order backend in one program and one directory", "sillok"};
    program.set_version_flag("--version", "sillok " SILLOK_VERSION);
    program.set_config("--config", "",
                       "Options from a file: one [section] for each subcommand, one line for each option");
    program.allow_config_extras(CLI::config_extras_mode::error);
    program.require_subcommand(1);
    program.fallthrough();  // --config may also follow the subcommand

    std::vector<std::pair<CLI::App*, std::unique_ptr<sillok::Subcommand>>> commands;
    for (auto make :
         {sillok::make_serve, sillok::make_payments_simulator, sillok::make_reconcile, sillok::make_replay,
          sillok::make_snapshot, sillok::make_events, sillok::make_verify, sillok::make_proof, sillok::make_saga,
          sillok::make_backup, sillok::make_restore, sillok::make_import, sillok::make_bench, sillok::make_simulate}) {
        auto command = make();
        auto* declared = command->declare(program);
        commands.emplace_back(declared, std::move(command));
    }
    sillok::read_options_from_environment(program);

    try {
        program.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        const bool asked_for = program.exit(error) == 0;  // --help, --version
        return static_cast<int>(asked_for ? ExitStatus::done : ExitStatus::misused);
    }
    for (const auto& [declared, command] : commands)
        if (declared->parsed()) return static_cast<int>(run(*command));
    return static_cast<int>(ExitStatus::misused);
}
