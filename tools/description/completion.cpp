#include "tools/description/completion.hpp"

#include <spdlog/fmt/fmt.h>

#include <string_view>
#include <vector>

namespace sillok {

namespace {

bool is_file(const OptionDescription& option) {
    return !option.value.empty() && option.value != "N" && option.value != "NUMBER" && option.choices.empty();
}

// A quote within single quotes: it ends them, stands for itself, and begins them again. So for all three shells.
constexpr std::string_view quote_in_quotes = "'\\''";

// In single quotes of a shell.
std::string in_quotes(const std::string& text) {
    std::string quoted = "'";
    for (const char c : text) {
        if (c == '\'')
            quoted += quote_in_quotes;
        else
            quoted += c;
    }
    return quoted + "'";
}

// For single quotes of zsh, without what it reads as its own marks.
std::string plain(const std::string& text) {
    std::string result;
    for (const char c : text) {
        if (c == '[' || c == ']' || c == '\\') continue;
        if (c == '\'') {
            result += quote_in_quotes;
            continue;
        }
        if (c == ':') result += '\\';
        result += c;
    }
    return result;
}

std::string joined(const std::vector<std::string>& words, std::string_view with) {
    std::string text;
    for (const auto& word : words) {
        if (!text.empty()) text += with;
        text += word;
    }
    return text;
}

std::vector<std::string> option_names(const CommandDescription& command) {
    std::vector<std::string> names;
    for (const auto& option : command.options)
        for (const auto& name : option.names)
            if (name.starts_with('-')) names.push_back(name);
    return names;
}

std::vector<std::string> subcommand_names(const CommandDescription& command) {
    std::vector<std::string> names;
    names.reserve(command.subcommands.size());
    for (const auto& one : command.subcommands) names.push_back(one.path.back());
    return names;
}

bool takes_arguments(const CommandDescription& command) {
    for (const auto& option : command.options)
        if (option.is_positional) return true;
    return false;
}

// The words of the command line that name the subcommand, in $words_of_command, for bash and zsh. An option's value may
// be a subcommand's name: what follows an option that takes one is skipped.
std::string known_commands(const CommandDescription& program) {
    std::vector<std::string> quoted;
    for (const auto* command : all_commands(program))
        if (!command->path.empty()) quoted.push_back(in_quotes(command->words()));
    return joined(quoted, "|");
}

std::string bash_values(const CommandDescription& command) {
    std::string cases;
    for (const auto& option : command.options) {
        if (option.value.empty() || !option.names.front().starts_with('-')) continue;
        std::string reply = "COMPREPLY=()";
        if (!option.choices.empty())
            reply = fmt::format("COMPREPLY=($(compgen -W {} -- \"$current\"))", in_quotes(joined(option.choices, " ")));
        else if (is_file(option))
            reply = "_sillok_files";
        cases += fmt::format("            {}) {}; return ;;\n", joined(option.names, "|"), reply);
    }
    return cases;
}

std::string bash_case(const CommandDescription& command) {
    const auto pattern = in_quotes(command.words());
    auto text = fmt::format("    {})\n        case \"$previous\" in\n{}        esac\n", pattern, bash_values(command));
    text += fmt::format("        options={}\n        commands={}\n", in_quotes(joined(option_names(command), " ")),
                        in_quotes(joined(subcommand_names(command), " ")));
    return text + fmt::format("        arguments={}\n        ;;\n", takes_arguments(command) ? "files" : "");
}

std::string described(const std::vector<std::pair<std::string, std::string>>& words) {
    std::string lines;
    for (const auto& [word, description] : words)
        lines += fmt::format("            '{}:{}'\n", plain(word), plain(description));
    return lines;
}

std::string zsh_case(const CommandDescription& command) {
    std::vector<std::pair<std::string, std::string>> options, commands;
    std::string values;
    for (const auto& option : command.options) {
        if (!option.names.front().starts_with('-')) continue;
        for (const auto& name : option.names) options.emplace_back(name, option.description);
        if (option.value.empty()) continue;
        std::string reply = "_message 'a value'";
        if (!option.choices.empty())
            reply = "compadd -- " + joined(option.choices, " ");
        else if (is_file(option))
            reply = "_files";
        values += fmt::format("            {}) {}; return ;;\n", joined(option.names, "|"), reply);
    }
    commands.reserve(command.subcommands.size());
    for (const auto& one : command.subcommands) commands.emplace_back(one.path.back(), one.description);
    return fmt::format(
        "    {})\n        case \"$previous\" in\n{}        esac\n        options=(\n{}        )\n        commands=(\n{}"
        "        )\n        arguments={}\n        ;;\n",
        in_quotes(command.words()), values, described(options), described(commands),
        takes_arguments(command) ? "files" : "''");
}

std::string replaced(std::string text, std::string_view what, const std::string& with) {
    if (const auto found = text.find(what); found != std::string::npos) text.replace(found, what.size(), with);
    return text;
}

constexpr std::string_view bash_frame = R"(# bash completion of sillok, made by: sillok completion bash
_sillok_files() {
    compopt -o filenames 2>/dev/null
    mapfile -t COMPREPLY < <(compgen -f -- "$current")
}
_sillok() {
    local current="${COMP_WORDS[COMP_CWORD]}" previous="${COMP_WORDS[COMP_CWORD - 1]}"
    local command='' options='' commands='' arguments='' i
    COMPREPLY=()
    for ((i = 1; i < COMP_CWORD; ++i)); do
        case "$command${command:+ }${COMP_WORDS[i]}" in
        @KNOWN@) command+="${command:+ }${COMP_WORDS[i]}" ;;
        esac
    done
    case "$command" in
@CASES@    esac
    if [[ $current == -* ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$options" -- "$current")
    elif [[ -n $commands ]]; then
        mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$current")
    elif [[ $arguments == files ]]; then
        _sillok_files
    fi
}
complete -F _sillok sillok
)";

constexpr std::string_view zsh_frame = R"(#compdef sillok
# zsh completion of sillok, made by: sillok completion zsh
_sillok() {
    local current="$words[CURRENT]" previous="$words[CURRENT-1]" command='' arguments='' word
    local -a options commands
    for word in "${(@)words[2,CURRENT-1]}"; do
        case "$command${command:+ }$word" in
        @KNOWN@) command+="${command:+ }$word" ;;
        esac
    done
    case "$command" in
@CASES@    esac
    if [[ $current == -* ]]; then
        _describe 'option' options
    elif (( $#commands )); then
        _describe 'subcommand' commands
    elif [[ $arguments == files ]]; then
        _files
    fi
}
if [[ $funcstack[1] == _sillok ]]; then _sillok "$@"; else compdef _sillok sillok; fi
)";

constexpr std::string_view fish_frame = R"(# fish completion of sillok, made by: sillok completion fish
function __sillok_command
    set -l command ''
    for word in (commandline -opc)[2..-1]
        switch (string trim "$command $word")
            case @KNOWN@
                set command (string trim "$command $word")
        end
    end
    test "$command" = "$argv[1]"
end
complete -c sillok -f
)";

std::string fish_lines(const CommandDescription& command) {
    const auto condition = fmt::format("complete -c sillok -n \"__sillok_command '{}'\"", command.words());
    std::string lines;
    for (const auto& one : command.subcommands)
        lines += fmt::format("{} -a {} -d {}\n", condition, one.path.back(), in_quotes(one.description));
    for (const auto& option : command.options)
        for (const auto& name : option.names) {
            if (!name.starts_with("--")) continue;
            std::string values;
            if (!option.choices.empty())
                values = " -x -a " + in_quotes(joined(option.choices, " "));
            else if (is_file(option))
                values = " -r -F";
            else if (!option.value.empty())
                values = " -x";
            lines +=
                fmt::format("{} -l {}{} -d {}\n", condition, name.substr(2), values, in_quotes(option.description));
        }
    if (command.subcommands.empty() && takes_arguments(command)) lines += condition + " -F\n";
    return lines;
}

std::string framed(std::string_view frame, const CommandDescription& program,
                   std::string (*case_of)(const CommandDescription&)) {
    std::string cases;
    for (const auto* command : all_commands(program)) cases += case_of(*command);
    return replaced(replaced(std::string{frame}, "@KNOWN@", known_commands(program)), "@CASES@", cases);
}

}  // namespace

std::string bash_completion(const CommandDescription& program) { return framed(bash_frame, program, bash_case); }
std::string zsh_completion(const CommandDescription& program) { return framed(zsh_frame, program, zsh_case); }

std::string fish_completion(const CommandDescription& program) {
    std::vector<std::string> quoted;
    for (const auto* command : all_commands(program))
        if (!command->path.empty()) quoted.push_back(in_quotes(command->words()));
    auto text = replaced(std::string{fish_frame}, "@KNOWN@", joined(quoted, " "));
    for (const auto* command : all_commands(program)) text += fish_lines(*command);
    return text;
}

}  // namespace sillok
