// The `sillok` program: parses the command line, runs one subcommand, and turns its errors into one sentence and an exit
// status.
#include "tools/advice.hpp"
#include "tools/commands/subcommand.hpp"
#include "tools/http_client.hpp"
#include "tools/log_format.hpp"
#include "tools/option_sources.hpp"
#include "tools/standard_streams.hpp"
#include "tools/told_failure.hpp"
#include "tools/usage.hpp"

#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <memory>
#include <new>
#include <sstream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace {

using namespace std::string_view_literals;
using sillok::ExitStatus;

using Commands = std::vector<std::pair<CLI::App*, std::unique_ptr<sillok::Subcommand>>>;

ExitStatus say(const std::exception& error, std::string_view code, ExitStatus status, bool as_json) {
    sillok::tell_failure(code.empty() ? sillok::code_of(error.what()) : code, sillok::with_advice(error.what()),
                         as_json);
    return status;
}

ExitStatus run(sillok::Subcommand& command, bool as_json) {
    try {
        return command.run();
    } catch (const sillok::Misuse& error) {
        return say(error, "usage", ExitStatus::misused, as_json);
    } catch (const sillok::NoAnswer& error) {
        return say(error, "not-reachable", ExitStatus::not_reachable, as_json);
    } catch (const sillok::NotReachable& error) {
        return say(error, "not-reachable", ExitStatus::not_reachable, as_json);
    } catch (const sillok::Failure& error) {
        return say(error, error.code(), ExitStatus::failed, as_json);
    } catch (const nlohmann::json::exception& error) {
        const sillok::Failure failure{std::string{"what was read is not the JSON that it should be: "} + error.what()};
        return say(failure, "not-json", ExitStatus::failed, as_json);
    } catch (const std::bad_alloc&) {
        const sillok::Failure failure{"there is no memory left"};
        return say(failure, "limit-reached", ExitStatus::failed, as_json);
    } catch (const std::exception& error) {
        const auto* of_system = dynamic_cast<const std::system_error*>(&error);
        const auto unwritten = sillok::unwritten_output(of_system == nullptr ? 0 : of_system->code().value());
        if (!unwritten) return say(error, "", ExitStatus::failed, as_json);
        return say(std::runtime_error{*unwritten}, "output", ExitStatus::failed, false);
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

Commands declare_all(CLI::App& program) {
    program.set_version_flag("--version", "sillok " SILLOK_VERSION);
    program.set_config("--config", "",
                       "Options from a file: one [section] for each subcommand, one line for each option");
    program.allow_config_extras(CLI::config_extras_mode::error);
    program.require_subcommand(1);
    program.fallthrough();  // --config may also follow the subcommand
    Commands commands;
    for (auto make : {sillok::make_serve,      sillok::make_payments_simulator,
                      sillok::make_reconcile,  sillok::make_replay,
                      sillok::make_snapshot,   sillok::make_events,
                      sillok::make_verify,     sillok::make_proof,
                      sillok::make_saga,       sillok::make_status,
                      sillok::make_doctor,     sillok::make_breaker,
                      sillok::make_part,       sillok::make_backup,
                      sillok::make_restore,    sillok::make_import,
                      sillok::make_bench,      sillok::make_simulate,
                      sillok::make_completion, sillok::make_man}) {
        auto command = make();
        auto* declared = command->declare(program);
        commands.emplace_back(declared, std::move(command));
    }
    return commands;
}

// Whether the parsed subcommand prints JSON, as the config file may say, too.
bool prints_json(const CLI::App& program) {
    const auto* app = &program;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    const auto* json = app->get_option_no_throw("--json");
    return json != nullptr && json->count() > 0 && json->as<bool>();
}

ExitStatus run_command_line(const std::vector<std::string>& arguments, bool is_help_command) {
    const bool as_json = sillok::asks_for_json(arguments);
    const auto misuse = [as_json](const std::string& sentence) {
        sillok::tell_failure("usage", sentence, as_json);
        return ExitStatus::misused;
    };
    CLI::App program{"Sillok: an event-sourced order backend in one program and one directory", "sillok"};
    const auto commands = declare_all(program);
    const auto origins = sillok::read_option_sources(program);
    for (const auto& [declared, command] : commands) command->all_declared(program);
    try {
        program.parse(
            std::vector<std::string>{arguments.rbegin(), arguments.rend()});  // CLI11 takes the last one first
    } catch (const CLI::ParseError& error) {
        const bool is_asked_for = error.get_exit_code() == 0;  // --help, --version
        if (!is_asked_for || is_help_command || sillok::has_unknown_subcommand(program))
            if (const auto what = sillok::misunderstood(program)) return misuse(*what);
        if (!is_asked_for) return misuse(sillok::usage_sentence(program, error, *origins));
        std::ostringstream text;
        program.exit(error, text, text);
        std::fputs(text.str().c_str(), stdout);
        return ExitStatus::done;
    }
    if (const auto what = sillok::unusable_value(program)) return misuse(*what);
    for (const auto& [declared, command] : commands) command->set_origins(origins);
    for (const auto& [declared, command] : commands)
        if (declared->parsed()) return run(*command, as_json || prints_json(program));
    return ExitStatus::misused;
}

// A result that nobody can read is none.
ExitStatus ended(ExitStatus status) {
    const auto unwritten = sillok::unwritten_output();
    if (!unwritten || status == ExitStatus::failed) return status;  // said already
    sillok::tell_failure("output", sillok::with_advice(*unwritten), false);
    return status == ExitStatus::misused || status == ExitStatus::not_reachable ? status : ExitStatus::failed;
}

}  // namespace

int main(int argc, char** argv) {
    sillok::open_closed_descriptors();
    std::signal(SIGXFSZ, SIG_IGN);  // a file that may not grow is an error of the write, not the end
    sillok::log_to_standard_error(sillok::LogFormat::text, spdlog::level::info);
    const auto status = run_command_line(arguments_of(argc, argv), argc > 1 && argv[1] == "help"sv);
    spdlog::default_logger()->flush();  // counts that were held back
    return static_cast<int>(ended(status));
}
