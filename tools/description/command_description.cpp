#include "tools/description/command_description.hpp"

#include "aggregates/codec/event_json.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <map>
#include <sstream>

namespace sillok {

namespace {

std::vector<std::string> words_between(const std::string& text, char separator) {
    std::vector<std::string> words;
    std::istringstream input{text};
    for (std::string word; std::getline(input, word, separator);) words.push_back(word);
    return words;
}

std::vector<std::string> event_types() {
    const auto types = known_event_types();
    return {types.begin(), types.end()};
}

// The words of an option's value; nothing where there are too many, or any.
std::vector<std::string> choices_of(const std::string& name, const std::string& value) {
    if (value.find('|') != std::string::npos) return words_between(value, '|');
    if (name == "--type") return event_types();
    static const std::map<std::string, std::string> known{
        {"--category", "customer delivery log order payment product saga stock"},
        {"--projection", "order_history stock_levels delivery_status notifications saga_monitor"},
        {"--state", "running compensating parked completed compensated stopped refused"}};
    const auto found = known.find(name);
    return found == known.end() ? std::vector<std::string>{} : words_between(found->second, ' ');
}

std::string value_name(const CLI::Option& option) {
    if (option.get_expected_max() == 0) return "";
    auto type = option.get_type_name();
    type = type.substr(0, type.find(':'));
    if (type.starts_with("UINT") || type.starts_with("INT")) return "N";
    if (type.starts_with("FLOAT")) return "NUMBER";
    return type.find('|') == std::string::npos && type.find(' ') != std::string::npos ? type.substr(0, type.find(' '))
                                                                                      : type;
}

OptionDescription describe(const CLI::App& app, const CLI::Option& option) {
    OptionDescription described{.names = {},
                                .description = option.get_description(),
                                .value = value_name(option),
                                .choices = {},
                                .variable = option.get_envname(),
                                .default_value = option.get_default_str(),
                                .is_required = option.get_required(),
                                .is_positional = option.get_positional(),
                                .is_repeated = option.get_expected_max() > 1};
    for (const auto& name : option.get_lnames()) described.names.push_back("--" + name);
    for (const auto& name : option.get_snames()) described.names.push_back("-" + name);
    if (described.names.empty()) described.names.push_back(option.get_single_name());
    if (&option == app.get_config_ptr()) {
        described.value = "FILE";
        described.variable = "SILLOK_CONFIG";
        described.default_value.clear();
    }
    described.choices = choices_of(described.names.front(), described.value);
    if (!described.choices.empty() && described.value.find('|') == std::string::npos) described.value = "NAME";
    return described;
}

CommandDescription describe_below(const CLI::App& app, std::vector<std::string> path) {
    CommandDescription described{.path = std::move(path),
                                 .description = app.get_description(),
                                 .examples = app.get_footer(),
                                 .options = {},
                                 .subcommands = {},
                                 .needs_subcommand = app.get_require_subcommand_min() > 0};
    for (const auto* option : app.get_options()) described.options.push_back(describe(app, *option));
    for (const auto* one : app.get_subcommands([](const CLI::App*) { return true; })) {
        auto deeper = described.path;
        deeper.push_back(one->get_name());
        described.subcommands.push_back(describe_below(*one, std::move(deeper)));
    }
    return described;
}

void add_all(const CommandDescription& command, std::vector<const CommandDescription*>& all) {
    all.push_back(&command);
    for (const auto& one : command.subcommands) add_all(one, all);
}

}  // namespace

std::string CommandDescription::words() const {
    std::string text;
    for (const auto& word : path) text += (text.empty() ? "" : " ") + word;
    return text;
}

CommandDescription describe(const CLI::App& program) { return describe_below(program, {}); }

nlohmann::ordered_json json_of(const CommandDescription& command) {
    auto options = nlohmann::ordered_json::array();
    for (const auto& option : command.options)
        options.push_back({{"names", option.names},
                           {"description", option.description},
                           {"value", option.value},
                           {"choices", option.choices},
                           {"variable", option.variable},
                           {"default", option.default_value},
                           {"required", option.is_required},
                           {"positional", option.is_positional},
                           {"repeated", option.is_repeated}});
    auto subcommands = nlohmann::ordered_json::array();
    for (const auto& one : command.subcommands) subcommands.push_back(json_of(one));
    return {{"command", command.words()},    {"description", command.description},
            {"examples", command.examples},  {"runs", !command.needs_subcommand},
            {"options", std::move(options)}, {"subcommands", std::move(subcommands)}};
}

std::vector<const CommandDescription*> all_commands(const CommandDescription& command) {
    std::vector<const CommandDescription*> all;
    add_all(command, all);
    return all;
}

}  // namespace sillok
