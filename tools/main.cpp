// The `sillok` program: parses the command line, runs one subcommand, and turns its errors into one sentence and an exit
// status.
#include "tools/advice.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/environment.hpp"
#include "tools/log_format.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace {

using namespace std::string_view_literals;
using sillok::ExitStatus;

ExitStatus say(const std::exception& error, ExitStatus status) {
    std::fprintf(stderr, "sillok: %s\n", sillok::with_advice(error.what()).c_str());
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

// `sillok help serve` means `sillok serve --help`, and `sillok version` means `sillok --version`.
std::vector<std::string> arguments_of(int argc, char** argv) {
    std::vector<std::string> arguments{argv + std::min(argc, 1), argv + argc};
    if (arguments.empty()) return arguments;
    if (arguments.front() == "help") {
        arguments.erase(arguments.begin());
        arguments.emplace_back("--help");
    } else if (arguments.size() == 1 && arguments.front() == "version") {
        arguments.front() = "--version";
    }
    return arguments;
}

// Says what is wrong with the first argument that was not understood. Returns nothing if all were.
std::optional<std::string> misunderstood(CLI::App& program) {
    const auto left = program.remaining(true);
    if (left.empty()) return std::nullopt;
    const auto argument =
        left.front().starts_with("--") ? left.front().substr(0, left.front().find('=')) : left.front();
    std::string command = "sillok";
    const auto* app = &program;
    for (; !app->get_subcommands().empty(); app = app->get_subcommands().front())
        command += ' ' + app->get_subcommands().front()->get_name();
    const auto name = app == &program ? command : command.substr("sillok "sv.size());
    const auto see = "; see " + command + " --help";
    if (argument.starts_with('-')) {
        if (app->get_option_no_throw(argument) != nullptr) return argument + " must follow " + name + see;
        return argument + " is not an option of " + name + see;
    }
    if (app->get_require_subcommand_min() == 0) return name + " takes no argument '" + argument + "'" + see;
    return "there is no subcommand '" + argument + "'" + (app == &program ? "" : " of " + name) + see;
}

// An argument that was not understood is named before anything else: a required option may be missing because its name
// is misspelt.
ExitStatus explain(CLI::App& program, const CLI::ParseError& error, bool is_help_command) {
    const bool is_asked_for = error.get_exit_code() == 0;  // --help, --version
    if (!is_asked_for || is_help_command)
        if (const auto what = misunderstood(program)) {
            std::fprintf(stderr, "sillok: %s\n", what->c_str());
            return ExitStatus::misused;
        }
    program.exit(error);
    return is_asked_for ? ExitStatus::done : ExitStatus::misused;
}

// The first option or argument that was given as an empty text, most likely by a variable that is not set. An empty
// profile has a meaning: nothing goes wrong.
std::optional<std::string> empty_one(const CLI::App& app) {
    for (const auto* option : app.get_options())
        if (option->get_name() != "--profile" && std::ranges::find(option->results(), "") != option->results().end())
            return option->get_name();
    for (const auto* deeper : app.get_subcommands())
        if (auto name = empty_one(*deeper)) return name;
    return std::nullopt;
}

}  // namespace

int main(int argc, char** argv) {
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the write, not the end
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

    auto arguments = arguments_of(argc, argv);
    std::ranges::reverse(arguments);  // CLI11 takes the last one first
    try {
        program.parse(std::move(arguments));
    } catch (const CLI::ParseError& error) {
        return static_cast<int>(explain(program, error, argc > 1 && argv[1] == "help"sv));
    }
    if (const auto name = empty_one(program)) {
        std::fprintf(stderr, "sillok: %s is empty: give a value, or leave it out\n", name->c_str());
        return static_cast<int>(ExitStatus::misused);
    }
    for (const auto& [declared, command] : commands)
        if (declared->parsed()) return static_cast<int>(run(*command));
    return static_cast<int>(ExitStatus::misused);
}
