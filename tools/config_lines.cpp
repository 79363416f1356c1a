#include "tools/config_lines.hpp"

#include "tools/nearest_word.hpp"

#include <CLI/CLI.hpp>

#include <algorithm>
#include <sstream>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

namespace {

std::string_view trimmed(std::string_view text) {
    constexpr auto blank = " \t\r";
    const auto begin = text.find_first_not_of(blank);
    if (begin == std::string_view::npos) return {};
    return text.substr(begin, text.find_last_not_of(blank) - begin + 1);
}

std::vector<std::string> split(std::string_view text, char at) {
    std::vector<std::string> parts;
    for (auto found = text.find(at); found != std::string_view::npos; found = text.find(at)) {
        parts.emplace_back(trimmed(text.substr(0, found)));
        text.remove_prefix(found + 1);
    }
    parts.emplace_back(trimmed(text));
    return parts;
}

std::vector<CLI::App*> subcommands_of(CLI::App& app) {
    return app.get_subcommands([](CLI::App*) { return true; });
}

std::vector<std::string> names_of(const std::vector<CLI::App*>& apps) {
    std::vector<std::string> names;
    names.reserve(apps.size());
    for (const auto* app : apps) names.push_back(app->get_name());
    return names;
}

std::vector<std::string> option_names_of(const CLI::App& app) {
    std::vector<std::string> names;
    for (const auto* option : app.get_options())
        if (option->get_configurable())
            names.insert(names.end(), option->get_lnames().begin(), option->get_lnames().end());
    return names;
}

class Reader {
   public:
    Reader(CLI::App& program, std::string file) : program_(program), section_(&program), file_(std::move(file)) {}

    ConfigLines read(std::string text) {
        constexpr std::string_view mark = "\xEF\xBB\xBF";
        if (text.starts_with("\xFF\xFE") || text.starts_with("\xFE\xFF")) {
            number_ = 1;
            refuse("this is UTF-16: save the file as UTF-8");
        }
        if (text.starts_with("\x1f\x8b")) {
            number_ = 1;
            refuse("this is gzipped: unpack it");
        }
        if (text.starts_with(mark)) text.erase(0, mark.size());
        std::istringstream input{text};
        for (std::string line; std::getline(input, line);) {
            ++number_;
            read_line(trimmed(line));
        }
        lines_.text = std::move(text);
        return std::move(lines_);
    }

   private:
    void read_line(std::string_view line) {
        if (is_in_list_) {
            is_in_list_ = !line.ends_with(']');
        } else if (line.empty() || line.front() == '#' || line.front() == ';') {
            return;
        } else if (line.front() == '[') {
            section_ = app_of(split(without_brackets(line), '.'));
        } else {
            read_option(line);
        }
    }

    std::string_view without_brackets(std::string_view line) const {
        if (line.find(']') == std::string_view::npos) refuse("a section ends with ]: " + std::string{line});
        line = line.substr(0, line.find(']'));
        while (line.starts_with('[')) line.remove_prefix(1);
        return trimmed(line);
    }

    CLI::App* app_of(const std::vector<std::string>& names) const {
        auto* app = &program_;
        if (names.size() == 1 && (names.front().empty() || names.front() == "default")) return app;
        for (const auto& name : names) {
            const auto all = subcommands_of(*app);
            const auto found = std::ranges::find(all, name, [](const CLI::App* one) { return one->get_name(); });
            if (found == all.end()) {
                auto sentence = "there is no subcommand '" + name + "'";
                if (app != &program_) sentence += " of " + app->get_name();
                sentence += did_you_mean(name, names_of(all));
                refuse(sentence);
            }
            app = *found;
        }
        return app;
    }

    // "option=value", "subcommand.option=value", or the name of a switch alone.
    void read_option(std::string_view line) {
        const auto equals = line.find('=');
        auto names = split(line.substr(0, equals), '.');
        auto* app = section_;
        if (names.size() > 1) app = app_of({names.begin(), names.end() - 1});
        const auto& name = names.back();
        const auto* option = app->get_option_no_throw("--" + name);
        if (equals == std::string_view::npos && (option == nullptr || option->get_expected_min() > 0))
            refuse("'" + std::string{line} + "' does not have the form option=value");
        if (option == nullptr || !option->get_configurable())
            refuse(app->get_name() + " has no option '" + name + "'" + did_you_mean(name, option_names_of(*app)));
        lines_.line_of.try_emplace(option, number_);
        const auto value = equals == std::string_view::npos ? "" : trimmed(line.substr(equals + 1));
        is_in_list_ = value.starts_with('[') && !value.ends_with(']');
    }

    [[noreturn]] void refuse(const std::string& what) const {
        throw CLI::ConfigError(file_ + ", line " + std::to_string(number_) + ": " + what);
    }

    CLI::App& program_;
    CLI::App* section_;
    std::string file_;
    std::size_t number_ = 0;
    bool is_in_list_ = false;
    ConfigLines lines_;
};

}  // namespace

ConfigLines config_lines(CLI::App& program, const std::string& file, std::string text) {
    return Reader{program, file}.read(std::move(text));
}

}  // namespace sillok
