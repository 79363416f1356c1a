// Completions and manual pages have every subcommand and option that --help has.
#include "tests/temporary_directory.hpp"
#include "tests/tools/program.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <sstream>
#include <string>

namespace sillok {
namespace {

using Json = nlohmann::json;

Json description() { return Json::parse(run_program({"completion", "json"}).out); }

void each_command(const Json& command, const std::function<void(const Json&)>& visit) {
    visit(command);
    for (const auto& one : command.at("subcommands")) each_command(one, visit);
}

std::string content_of(const std::filesystem::path& file) {
    std::ifstream input{file, std::ios::binary};
    return {std::istreambuf_iterator<char>{input}, {}};
}

// What bash offers behind a line, as a set.
std::set<std::string> offered(const std::string& line, const std::filesystem::path& in = "/") {
    const auto script = "cd " + in.string() + "; source <(" + program.string() +
                        " completion bash); COMP_LINE=\"$1\"; read -ra COMP_WORDS <<< \"$1\"; "
                        "[[ $1 == *' ' ]] && COMP_WORDS+=(''); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); "
                        "_sillok; printf '%s\\n' \"${COMPREPLY[@]}\"";
    const auto ended = run_program("/bin/bash", {"-c", script, "bash", line}, {});
    REQUIRE_MESSAGE(ended.err.empty(), ended.err);
    std::set<std::string> words;
    std::istringstream lines{ended.out};
    for (std::string word; std::getline(lines, word);)
        if (!word.empty()) words.insert(word);
    return words;
}

}  // namespace

TEST_CASE("the description has what --help has") {
    std::size_t commands = 0;
    each_command(description(), [&](const Json& command) {
        ++commands;
        const auto words = command.at("command").get<std::string>();
        std::istringstream input{words};
        std::vector<std::string> arguments{std::istream_iterator<std::string>{input}, {}};
        arguments.emplace_back("--help");
        const auto help = run_program(arguments).out;
        CAPTURE(words);
        for (const auto& option : command.at("options"))
            for (const auto& name : option.at("names")) CHECK_MESSAGE(help.contains(name.get<std::string>()), name);
        for (const auto& one : command.at("subcommands"))
            CHECK(help.contains(one.at("description").get<std::string>().substr(0, 20)));
    });
    CHECK(commands > 40);
}

TEST_CASE("bash completes every subcommand and option") {
    each_command(description(), [&](const Json& command) {
        auto line = "sillok " + command.at("command").get<std::string>();
        if (!line.ends_with(' ')) line += ' ';
        CAPTURE(line);
        std::set<std::string> options, subcommands;
        for (const auto& option : command.at("options"))
            for (const auto& name : option.at("names"))
                if (name.get<std::string>().starts_with('-')) options.insert(name);
        for (const auto& one : command.at("subcommands")) {
            const auto words = one.at("command").get<std::string>();
            subcommands.insert(words.substr(words.rfind(' ') + 1));
        }
        CHECK(offered(line + "-") == options);
        if (!subcommands.empty()) CHECK(offered(line) == subcommands);
    });
}

TEST_CASE("bash completes the words that an option takes, files, and nothing where there is nothing to say") {
    const TemporaryDirectory directory;
    std::ofstream{directory.path() / "events.jsonl"} << "";
    const auto in = directory.path();
    CHECK(offered("sillok serve --log-level ") == std::set<std::string>{"debug", "info", "warn", "error"});
    CHECK(offered("sillok serve --log-level w") == std::set<std::string>{"warn"});
    CHECK(offered("sillok events tail --type order.pl") == std::set<std::string>{"order.placed"});
    CHECK(offered("sillok replay --projection s") == std::set<std::string>{"stock_levels", "saga_monitor"});
    CHECK(offered("sillok events import --from ", in) == std::set<std::string>{"events.jsonl"});
    CHECK(offered("sillok verify ", in) == std::set<std::string>{"events.jsonl"});
    CHECK(offered("sillok events tail --limit ", in).empty());
    CHECK(offered("sillok ev") == std::set<std::string>{"events"});
    CHECK(offered("sillok events tail --data events --li") == std::set<std::string>{"--limit"});
}

TEST_CASE("zsh, fish and the manual name every subcommand and option") {
    const auto zsh = run_program({"completion", "zsh"}).out, fish = run_program({"completion", "fish"}).out;
    CHECK(zsh.starts_with("#compdef sillok\n"));
    const TemporaryDirectory directory;
    const auto pages = directory.path() / "man1";
    CHECK(run_program({"man", "--to", pages.string()}).status == 0);
    each_command(description(), [&](const Json& command) {
        const auto words = command.at("command").get<std::string>();
        CAPTURE(words);
        CHECK(zsh.contains("    '" + words + "')"));
        auto name = "sillok" + (words.empty() ? "" : '-' + words);
        for (auto& c : name)
            if (c == ' ') c = '-';
        const auto page = content_of(pages / (name + ".1"));
        CHECK(page.starts_with(".TH SILLOK"));
        for (const auto& option : command.at("options"))
            for (const auto& each : option.at("names")) {
                auto typed = each.get<std::string>();
                if (!typed.starts_with("--")) continue;
                CHECK(fish.contains("__sillok_command '" + words + "'\" -l " + typed.substr(2) + ' '));
                std::string roff;
                for (const char c : typed) roff += c == '-' ? "\\-" : std::string(1, c);
                CHECK(page.contains("\\fB" + roff + "\\fR"));
            }
    });
    CHECK(run_program({"man", "events", "tail"}).out == content_of(pages / "sillok-events-tail.1"));
    CHECK(run_program({"man", "events", "tial"}).err ==
          "sillok: there is no subcommand 'tial' of events; did you mean 'tail'?\n");
    if (std::filesystem::exists("/usr/bin/groff"))
        for (const auto& page : std::filesystem::directory_iterator{pages}) {
            const auto set = run_program("/usr/bin/groff", {"-man", "-Tutf8", "-ww", page.path().string()}, {});
            CHECK(set.status == 0);
            CHECK(set.err.empty());
        }
}

TEST_CASE("fish completes and zsh reads its function, where they are installed") {
    const auto fish_offers = [](const std::string& line) {
        const auto script = program.string() + " completion fish | source; complete -C '" + line + "'";
        return run_program("/usr/bin/fish", {"--no-config", "-c", script}, {});
    };
    if (std::filesystem::exists("/usr/bin/fish")) {
        CHECK(fish_offers("sillok saga ret").out == "retry\tRun the saga's current step again\n");
        CHECK(fish_offers("sillok serve --log-level w").out.starts_with("warn\t"));
        CHECK(fish_offers("sillok backup --max").out.starts_with("--max-rate\t"));
        CHECK(fish_offers("sillok serve --").err.empty());
    } else {
        MESSAGE("left out: there is no fish");
    }
    if (std::filesystem::exists("/usr/bin/zsh")) {
        const auto script = "compdef() { :; }; source <(" + program.string() + " completion zsh) 2>/dev/null; " +
                            "functions _sillok > /dev/null";
        CHECK(run_program("/usr/bin/zsh", {"-f", "-c", script}, {}).status == 0);
    } else {
        MESSAGE("left out: there is no zsh");
    }
}

}  // namespace sillok
