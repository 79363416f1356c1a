#include "tools/usage.hpp"

#include "tools/nearest_word.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

namespace {

using namespace std::string_view_literals;

CLI::App& innermost(CLI::App& program) {
    auto* app = &program;
    while (!app->get_subcommands().empty()) app = app->get_subcommands().front();
    return *app;
}

// "sillok events read"
std::string command_of(const CLI::App& app) {
    return app.get_parent() == nullptr ? app.get_name() : command_of(*app.get_parent()) + ' ' + app.get_name();
}

// "events read", or "sillok" for the program itself.
std::string name_of(const CLI::App& app) {
    const auto command = command_of(app);
    return app.get_parent() == nullptr ? command : command.substr("sillok "sv.size());
}

std::string with_help(std::string sentence, const CLI::App& app) {
    sentence += sentence.ends_with('?') ? " See " : "; see ";
    return sentence + command_of(app) + " --help";
}

// -v stands for --version: the one option that begins with this letter.
std::string meant_option(const std::string& typed, const std::vector<std::string>& options) {
    std::vector<std::string> found;
    for (const auto& option : options)
        if (typed.size() == 2 && typed[1] != '-' && option.starts_with('-' + typed)) found.push_back(option);
    return found.size() == 1 ? "; did you mean '" + found.front() + "'?" : did_you_mean(typed, options);
}

std::vector<std::string> options_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* at = &app; at != nullptr; at = at->get_parent())
        for (const auto* option : at->get_options())
            for (const auto& name : option->get_lnames()) names.push_back("--" + name);
    return names;
}

std::vector<std::string> subcommand_names(CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* one : app.get_subcommands([](CLI::App*) { return true; })) names.push_back(one->get_name());
    return names;
}

std::string listed(const std::vector<std::string>& words) {
    std::string text;
    for (const auto& word : words) text += (text.empty() ? "" : ", ") + word;
    return text;
}

// "--data", as it stands at the beginning of CLI11's sentences or behind "Could not convert: ".
std::string option_in(std::string_view sentence) {
    constexpr auto before = "Could not convert: "sv;
    if (sentence.starts_with(before)) sentence.remove_prefix(before.size());
    return std::string{sentence.substr(0, sentence.find_first_of(": "))};
}

std::string unreadable_config(CLI::App& program) {
    const auto file = program.get_config_ptr()->as<std::string>();
    errno = 0;
    std::ifstream input{file};
    input.peek();
    return "the config file " + file + " cannot be read: " + std::strerror(errno == 0 ? EISDIR : errno);
}

std::string is_missing(CLI::App& app, const std::string& sentence) {
    if (sentence.starts_with("A subcommand"))
        return name_of(app) + " needs a subcommand: " + listed(subcommand_names(app));
    return sentence;  // "--data is required"
}

std::string is_no_value(const CLI::App& app, const std::string& sentence) {
    const auto name = option_in(sentence);
    const auto* option = app.get_option_no_throw(name);
    if (option == nullptr) return sentence;
    if (option->get_expected_min() == 0) return name + " is a switch: it takes no value, or true or false";
    const auto given = option->results().empty() ? "" : option->results().back();
    const auto type = option->get_type_name();
    const auto* kind = type.starts_with("UINT") || type.starts_with("INT") ? "a whole number" : "a number";
    return name + ": '" + given + "' is not " + kind + (type.starts_with("UINT") ? " of 0 or more" : "");
}

std::string replaced(std::string text, std::string_view what, std::string_view with) {
    if (const auto found = text.find(what); found != std::string::npos) text.replace(found, what.size(), with);
    return text;
}

std::string in_our_words(CLI::App& program, CLI::App& app, const CLI::ParseError& error) {
    std::string said = error.what();
    if (dynamic_cast<const CLI::FileError*>(&error) != nullptr) return unreadable_config(program);
    if (dynamic_cast<const CLI::RequiredError*>(&error) != nullptr) return is_missing(app, said);
    if (dynamic_cast<const CLI::ConversionError*>(&error) != nullptr) return is_no_value(app, said);
    if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr && said.ends_with(" missing"))
        return option_in(said) + " needs a value";
    if (dynamic_cast<const CLI::ExcludesError*>(&error) != nullptr)
        return replaced(said, " excludes ", " cannot be given together with ");
    if (dynamic_cast<const CLI::RequiresError*>(&error) != nullptr) return replaced(said, " requires ", " needs ");
    return said;
}

std::optional<std::string> unusable_value_in(const CLI::App& app) {
    for (const auto* option : app.get_options())
        for (const auto& value : option->results()) {
            // An empty profile has a meaning: nothing goes wrong.
            if (value.empty() && option->get_name() != "--profile")
                return option->get_name() + " is empty: give a value, or leave it out";
            if (value == "~" || value.starts_with("~/"))
                return option->get_name() + ": only a shell replaces the ~ of " + value +
                       ": write the path in full, or without quotes";
        }
    for (const auto* deeper : app.get_subcommands())
        if (auto sentence = unusable_value_in(*deeper)) return sentence;
    return std::nullopt;
}

}  // namespace

std::optional<std::string> misunderstood(CLI::App& program) {
    const auto left = program.remaining(true);
    if (left.empty()) return std::nullopt;
    auto& app = innermost(program);
    const auto& first = left.front();
    const auto argument = first.starts_with("--") ? first.substr(0, first.find('=')) : first;
    if (argument.starts_with('-')) {
        if (app.get_option_no_throw(argument) != nullptr)
            return with_help(argument + " must follow " + name_of(app), app);
        return with_help(argument + " is not an option of " + name_of(app) + meant_option(argument, options_of(app)),
                         app);
    }
    if (app.get_require_subcommand_min() == 0)
        return with_help(name_of(app) + " takes no argument '" + argument + "'", app);
    return with_help("there is no subcommand '" + argument + "'" + (&app == &program ? "" : " of " + name_of(app)) +
                         did_you_mean(argument, subcommand_names(app)),
                     app);
}

bool has_unknown_subcommand(CLI::App& program) {
    const auto left = program.remaining(true);
    return !left.empty() && !left.front().starts_with('-') && innermost(program).get_require_subcommand_min() > 0;
}

std::string usage_sentence(CLI::App& program, const CLI::ParseError& error, const OptionOrigins& origins) {
    auto& app = innermost(program);
    auto sentence = in_our_words(program, app, error);
    if (dynamic_cast<const CLI::ConfigError*>(&error) != nullptr) return sentence;
    const auto* option = app.get_option_no_throw(option_in(error.what()));
    if (const auto from = origins.find(option); from != origins.end()) sentence = from->second + ": " + sentence;
    return with_help(std::move(sentence), app);
}

std::optional<std::string> unusable_value(const CLI::App& program) { return unusable_value_in(program); }

}  // namespace sillok
