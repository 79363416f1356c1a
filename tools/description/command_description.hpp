// The command line as --help shows it, as data: what completions and manual pages are made of.
#pragma once

#include <nlohmann/json.hpp>

#include <string>
#include <vector>

namespace CLI {
class App;
}

namespace sillok {

struct OptionDescription {
    std::vector<std::string> names;  // "--from-version", "--from"; the name alone of an argument without a dash
    std::string description;
    std::string value;                 // "N", "a|b", or empty for a switch
    std::vector<std::string> choices;  // the words that the value may be, where they are known
    std::string variable;              // "SILLOK_LIMIT", or empty
    std::string default_value;
    bool is_required = false;
    bool is_positional = false;  // may be given without its name
    bool is_repeated = false;    // may be given several times
};

struct CommandDescription {
    std::vector<std::string> path;  // {"events", "tail"}; empty: the program itself
    std::string description;
    std::string examples;  // what stands below the options
    std::vector<OptionDescription> options;
    std::vector<CommandDescription> subcommands;
    bool needs_subcommand = false;  // it does nothing itself

    [[nodiscard]] std::string words() const;  // "events tail"
};

// REQUIRES: all options have been declared.
CommandDescription describe(const CLI::App& program);

nlohmann::ordered_json json_of(const CommandDescription& command);

// The command and all below it, each before its subcommands.
std::vector<const CommandDescription*> all_commands(const CommandDescription& command);

}  // namespace sillok
