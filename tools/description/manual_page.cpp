#include "tools/description/manual_page.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <sstream>
#include <string_view>

namespace sillok {

namespace {

// Text as roff takes it: a hyphen is a hyphen that can be copied, and no line begins with a mark of roff.
std::string roff(std::string_view text) {
    std::string result;
    for (const char c : text) {
        if ((c == '.' || c == '\'') && (result.empty() || result.back() == '\n')) result += "\\&";
        if (c == '\\')
            result += "\\e";
        else if (c == '-')
            result += "\\-";
        else
            result += c;
    }
    return result;
}

std::string dashed(const CommandDescription& command) {
    std::string name = "sillok";
    for (const auto& word : command.path) name += '-' + word;
    return name;
}

std::string typed(const CommandDescription& command) {
    return command.path.empty() ? "sillok" : "sillok " + command.words();
}

std::string synopsis(const CommandDescription& command) {
    auto line = "\\fB" + roff(typed(command)) + "\\fR";
    for (const auto& option : command.options) {
        if (!option.is_required) continue;
        line += option.names.front().starts_with('-') ? " \\fB" + roff(option.names.front()) + "\\fR \\fI" : " \\fI";
        line += roff(option.names.front().starts_with('-') ? option.value : option.names.front()) + "\\fR";
    }
    if (!command.options.empty()) line += " [\\fIoptions\\fR]";
    if (!command.subcommands.empty()) line += " \\fIsubcommand\\fR";
    return line + "\n";
}

std::string option_paragraph(const OptionDescription& option) {
    std::string names;
    for (const auto& name : option.names) names += (names.empty() ? "\\fB" : "\\fR, \\fB") + roff(name);
    names += "\\fR";
    if (!option.value.empty() && option.names.front().starts_with('-')) names += " \\fI" + roff(option.value) + "\\fR";
    auto text = ".TP\n" + names + "\n" + roff(option.description) + ".\n";
    if (option.is_required) text += "Required.\n";
    if (!option.default_value.empty()) text += "Default: " + roff(option.default_value) + ".\n";
    if (option.is_positional && option.names.front().starts_with('-')) text += "Its name may be left out.\n";
    if (!option.variable.empty()) text += "Variable: \\fB" + roff(option.variable) + "\\fR.\n";
    return text;
}

std::string examples(const std::string& footer) {
    std::string remarks, lines;
    std::istringstream input{footer};
    for (std::string line; std::getline(input, line);) {
        if (line.starts_with("  "))
            lines += roff(line.substr(2)) + "\n";
        else if (line != "Example:" && line != "Examples:")
            remarks += roff(line) + "\n";
    }
    std::string text;
    if (!remarks.empty()) text += ".SH NOTES\n" + remarks;
    if (!lines.empty()) text += ".SH EXAMPLES\n.nf\n" + lines + ".fi\n";
    return text;
}

const CommandDescription* parent_of(const CommandDescription& command, const CommandDescription& program) {
    if (command.path.empty()) return nullptr;
    const auto all = all_commands(program);
    const auto is_parent = [&](const CommandDescription* one) {
        return std::equal(one->path.begin(), one->path.end(), command.path.begin(), command.path.end() - 1);
    };
    const auto found = std::ranges::find_if(all, is_parent);
    return found == all.end() ? nullptr : *found;
}

std::string see_also(const CommandDescription& command, const CommandDescription& program) {
    std::string pages;
    const auto add = [&](const CommandDescription& one) {
        pages += (pages.empty() ? "" : ",\n") + fmt::format("\\fB{}\\fR(1)", roff(dashed(one)));
    };
    if (const auto* parent = parent_of(command, program)) add(*parent);
    for (const auto& one : command.subcommands) add(one);
    return pages.empty() ? "" : ".SH SEE ALSO\n" + pages + "\n";
}

constexpr std::string_view exit_status = R"(.SH EXIT STATUS
.TP
.B 0
Done.
.TP
.B 1
Failed; one sentence on standard error says why.
.TP
.B 2
Wrong usage.
.TP
.B 3
Differences were found, or something needs an operator.
.TP
.B 4
The server does not answer, or is not ready.
)";

}  // namespace

std::string manual_page_name(const CommandDescription& command) { return dashed(command) + ".1"; }

std::string manual_page(const CommandDescription& command, const CommandDescription& program,
                        const std::string& version) {
    auto title = dashed(command);
    std::ranges::transform(title, title.begin(),
                           [](char c) { return static_cast<char>(std::toupper(static_cast<unsigned char>(c))); });
    auto page = fmt::format(".TH {} 1 \"\" \"sillok {}\" \"Sillok\"\n", title, version);
    page += ".ad l\n";  // long words leave no line to adjust
    page += ".SH NAME\n" + roff(dashed(command)) + " \\- " + roff(command.description) + "\n";
    page += ".SH SYNOPSIS\n" + synopsis(command);
    if (!command.subcommands.empty()) {
        page += ".SH SUBCOMMANDS\n";
        for (const auto& one : command.subcommands)
            page += ".TP\n\\fB" + roff(one.path.back()) + "\\fR\n" + roff(one.description) + ".\n";
    }
    page += ".SH OPTIONS\n";
    for (const auto& option : command.options) page += option_paragraph(option);
    page += examples(command.examples);
    page += exit_status;
    return page + see_also(command, program);
}

}  // namespace sillok
