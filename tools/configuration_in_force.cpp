#include "tools/configuration_in_force.hpp"

#include <CLI/CLI.hpp>

#include <utility>

namespace sillok {

namespace {

// Files with secrets are named, the secrets themselves are not.
bool is_secret(const std::string& name) { return name.ends_with("secret"); }

std::string value_of(const CLI::Option& option) {
    if (option.count() == 0) return option.get_default_str();
    std::string text;
    for (const auto& value : option.results()) text += (text.empty() ? "" : " ") + value;
    return text;
}

}  // namespace

std::vector<OptionInForce> configuration_in_force(const CLI::App& app, const OptionOrigins& origins) {
    std::vector<OptionInForce> all;
    for (const auto* option : app.get_options()) {
        if (option->get_lnames().empty() || option == app.get_help_ptr()) continue;
        if (option->get_expected_max() == 0) continue;
        OptionInForce one{.name = "--" + option->get_lnames().front(), .value = value_of(*option), .source = "default"};
        if (const auto from = origins.find(option); from != origins.end())
            one.source = from->second;
        else if (option->count() > 0)
            one.source = "typed";
        if (is_secret(one.name) && !one.value.empty()) one.value = "(secret)";
        all.push_back(std::move(one));
    }
    return all;
}

}  // namespace sillok
