#include "tools/option_sources.hpp"

#include "tools/config_lines.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <iterator>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

namespace {

using namespace std::string_view_literals;

// Set when no config file is given: the sources are read all the same.
constexpr auto no_file = "/dev/null";

// Names that mean something else in another subcommand, and the subcommand that keeps the short variable.
constexpr std::pair<std::string_view, std::string_view> several_meanings[] = {
    {"all", ""},    {"events", ""},         {"from", ""},         {"limit", "events"}, {"listen", "serve"},
    {"orders", ""}, {"sample", "snapshot"}, {"seed", "simulate"}, {"to", ""}};

// What deletes events or backups must be typed.
constexpr std::pair<std::string_view, std::string_view> destroying[] = {{"backup", "keep"},
                                                                        {"serve", "backup-keep"},
                                                                        {"backup prune", "keep-last"},
                                                                        {"backup prune", "keep-daily"},
                                                                        {"backup prune", "keep-weekly"},
                                                                        {"backup prune", "keep-monthly"},
                                                                        {"backup prune", "damaged"},
                                                                        {"restore", "until"},
                                                                        {"snapshot prune", "all"}};

std::string variable_of(const std::string& words) {
    std::string variable = "SILLOK_";
    for (const char c : words)
        variable += c == '-' || c == ' ' ? '_' : static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    return variable;
}

// "events read"; empty for the program itself.
std::string words_of(const CLI::App& app) {
    if (app.get_parent() == nullptr) return "";
    const auto before = words_of(*app.get_parent());
    return (before.empty() ? "" : before + ' ') + app.get_name();
}

bool is_destroying(const std::string& command, const std::string& name) {
    return name == "force" || name == "accept-loss" || name == "check" ||
           std::ranges::any_of(destroying, [&](const auto& one) { return one.first == command && one.second == name; });
}

bool has_short_variable(const std::string& command, const std::string& name) {
    const auto* found =
        std::ranges::find(several_meanings, name, &std::pair<std::string_view, std::string_view>::first);
    if (found == std::end(several_meanings)) return true;
    return !found->second.empty() && (command + ' ').starts_with(std::string{found->second} + ' ');
}

// The names of an option's variables; the first one that is set counts.
std::vector<std::string> variables_of(const CLI::App& app, const CLI::Option& option) {
    if (option.get_lnames().empty() || !option.get_configurable()) return {};
    const auto& name = option.get_lnames().front();
    const auto command = words_of(app);
    if (is_destroying(command, name)) return {};
    std::vector<std::string> names;
    if (!command.empty()) names.push_back(variable_of(command + ' ' + name));
    if (has_short_variable(command, name)) names.push_back(variable_of(name));
    return names;
}

// The variable that is set, and its value. An empty variable counts as not set.
std::optional<std::pair<std::string, std::string>> variable_for(const CLI::App& app, const CLI::Option& option) {
    for (const auto& name : variables_of(app, option))
        if (const char* value = std::getenv(name.c_str()); value && *value) return std::pair{name, std::string{value}};
    return std::nullopt;
}

bool is_named(const CLI::Option& option, std::string_view name) {
    return std::ranges::find(option.get_lnames(), name) != option.get_lnames().end();
}

// The options of which only one is meant.
std::vector<CLI::Option*> alternatives_of(CLI::App& app, const CLI::Option& option) {
    const auto excluded = option.get_excludes();
    std::vector<CLI::Option*> others{excluded.begin(), excluded.end()};
    for (const auto& [name, other] : {std::pair{"data", "--server"}, std::pair{"server", "--data"}})
        if (auto* found = app.get_option_no_throw(other); is_named(option, name) && found != nullptr)
            others.push_back(found);
    return others;
}

std::vector<CLI::App*> all_subcommands(CLI::App& app) {
    return app.get_subcommands([](CLI::App*) { return true; });
}

// Subcommands that were not typed share their values with those that were: nothing is read for them.
void forget_variables_of(CLI::App& app) {
    for (auto* option : app.get_options()) option->envname("");
    for (auto* deeper : all_subcommands(app)) forget_variables_of(*deeper);
}

bool has_value(const CLI::Option* option) { return option->count() > 0; }

// CLI11 asks it for the lines of the config file when the arguments have been parsed, and before it looks at values.
class Sources final : public CLI::ConfigBase {
   public:
    explicit Sources(CLI::App& program) : program_(program) {}

    std::vector<CLI::ConfigItem> from_config(std::istream& input) const override {
        add_variables_below(program_);
        const auto* config = program_.get_config_ptr();
        if (!has_value(config)) return {};
        const std::string text{std::istreambuf_iterator<char>{input}, {}};
        const auto file = config->as<std::string>();
        const auto lines = config_lines(program_, file, text);
        for (const auto& [option, line] : lines.line_of)
            if (!has_value(option)) (*origins_)[option] = file + ", line " + std::to_string(line);
        std::istringstream checked{lines.text};
        auto items = ConfigBase::from_config(checked);
        std::erase_if(items, [this](const auto& item) { return yields(item); });
        return items;
    }

    [[nodiscard]] std::shared_ptr<const OptionOrigins> origins() const { return origins_; }

   private:
    void add_variables_of(CLI::App& app) const {
        std::vector<CLI::Option*> set;
        for (auto* option : app.get_options()) {
            if (has_value(option) || !variable_for(app, *option)) continue;
            const auto others = alternatives_of(app, *option);
            const bool one_is_typed = std::ranges::any_of(others, has_value);
            auto* server = app.get_option_no_throw("--server");
            const bool is_second =
                is_named(*option, "data") && server != nullptr && variable_for(app, *server).has_value();
            if (one_is_typed || is_second)
                option->envname("");  // or CLI11 reads it
            else
                set.push_back(option);
        }
        for (auto* option : set) {
            const auto variable = variable_for(app, *option);
            option->add_result(variable->second);
            (*origins_)[option] = variable->first;
        }
        add_variables_below(app);
    }

    void add_variables_below(CLI::App& app) const {
        for (auto* deeper : all_subcommands(app))
            if (deeper->parsed())
                add_variables_of(*deeper);
            else
                forget_variables_of(*deeper);
    }

    // Whether the line is of another subcommand, or another option, typed or from the environment, takes its place.
    [[nodiscard]] bool yields(const CLI::ConfigItem& item) const {
        auto* app = &program_;
        for (const auto& name : item.parents) {
            app = app->get_subcommand(name);
            if (!app->parsed()) return true;
        }
        auto* option = app->get_option_no_throw("--" + item.name);
        return option != nullptr && std::ranges::any_of(alternatives_of(*app, *option), has_value);
    }

    CLI::App& program_;
    std::shared_ptr<OptionOrigins> origins_ = std::make_shared<OptionOrigins>();
};

void name_variables_of(CLI::App& app) {
    for (auto* option : app.get_options()) {
        const auto names = variables_of(app, *option);
        if (!names.empty()) option->envname(names.back());
        if (!option->get_lnames().empty() && option->get_configurable() && option->get_expected_max() <= 1)
            option->multi_option_policy(CLI::MultiOptionPolicy::TakeLast);
    }
    for (auto* deeper : all_subcommands(app)) name_variables_of(*deeper);
}

}  // namespace

std::shared_ptr<const OptionOrigins> read_option_sources(CLI::App& program) {
    for (auto* subcommand : all_subcommands(program)) name_variables_of(*subcommand);
    auto sources = std::make_shared<Sources>(program);
    auto origins = sources->origins();
    program.config_formatter(std::move(sources));
    auto* config = program.get_config_ptr();
    config->multi_option_policy(CLI::MultiOptionPolicy::TakeLast)->default_str(no_file);
    config->option_text("FILE (Env:SILLOK_CONFIG)");
    program.preparse_callback([config](std::size_t) {
        if (const char* file = std::getenv("SILLOK_CONFIG"); file && *file) config->add_result(file);
    });
    return origins;
}

}  // namespace sillok
