#include "tools/environment.hpp"

#include <CLI/CLI.hpp>

#include <cctype>
#include <cstdlib>
#include <string>

namespace sillok {
namespace {

std::string variable_of(const std::string& option_name) {
    std::string variable = "SILLOK_";
    for (const char c : option_name)
        variable += c == '-' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return variable;
}

// CLI11 reads variables after the config file and only for options that have no value yet, so the file would win.
// Therefore the variables are inserted as the first command line arguments; of several values the last one counts.
void read_environment_of(CLI::App& app) {
    for (auto* option : app.get_options()) {
        if (option->get_envname().empty()) continue;
        if (const char* value = std::getenv(option->get_envname().c_str()); value && *value) option->add_result(value);
    }
}

void name_variables_of(CLI::App& app) {
    for (auto* option : app.get_options()) {
        if (option->get_lnames().empty() || !option->get_configurable()) continue;
        option->envname(variable_of(option->get_lnames().front()));
        if (option->get_expected_max() <= 1) option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
    app.preparse_callback([&app](std::size_t) { read_environment_of(app); });
    for (auto* deeper : app.get_subcommands([](CLI::App*) { return true; })) name_variables_of(*deeper);
}

}  // namespace

void read_options_from_environment(CLI::App& program) {
    for (auto* subcommand : program.get_subcommands([](CLI::App*) { return true; })) name_variables_of(*subcommand);
    if (auto* config = program.get_config_ptr()) {
        config->envname(variable_of("config"))->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
        program.preparse_callback([&program](std::size_t) { read_environment_of(program); });
    }
}

}  // namespace sillok
