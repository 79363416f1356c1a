// What the product has is in the documentation, and what the documentation names is in the product.
#include "tests/docs/page.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cctype>
#include <cstdio>
#include <memory>
#include <regex>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::docs {

namespace {

std::string source(const std::string& file) { return contents(source_directory() / file); }

// The first group of every match.
std::vector<std::string> all_matches(const std::string& text, const std::string& pattern) {
    const std::regex expression{pattern};
    std::vector<std::string> found;
    for (std::sregex_iterator match{text.begin(), text.end(), expression}; match != std::sregex_iterator{}; ++match)
        found.push_back((*match)[1]);
    return found;
}

std::string printed_by(const std::string& command) {
    const std::unique_ptr<FILE, int (*)(FILE*)> pipe{::popen(command.c_str(), "r"), ::pclose};
    if (!pipe) throw std::runtime_error("cannot run " + command);
    std::string text;
    std::array<char, 4096> buffer{};
    while (const auto bytes = std::fread(buffer.data(), 1, buffer.size(), pipe.get()))
        text.append(buffer.data(), bytes);
    return text;
}

// The help of a command: "events read", or "" for the program itself.
std::string help_of(const std::string& command) { return printed_by(SILLOK_PROGRAM " " + command + " --help"); }

std::vector<std::string> subcommands_in(const std::string& help) {
    const auto begin = help.find("Subcommands:\n");
    if (begin == std::string::npos) return {};
    return all_matches(help.substr(begin, help.find("\n\n", begin) - begin), "\n  ([a-z][a-z-]*) ");
}

// "sillok events read" has the section #sillok-events-read, which names every option with its variable.
std::size_t check_command(const Page& page, const std::string& command) {
    const auto help = help_of(command);
    const auto* section =
        page.section("sillok" + std::regex_replace(command.empty() ? "" : " " + command, std::regex{" "}, "-"));
    INFO("docs/cli.md, the section of: sillok " << command);
    REQUIRE(section);
    std::size_t checked = 1;
    for (const auto& option : all_matches(help, "\n  (?:-[a-z],)?(--[a-z][a-z-]*)")) {
        if (option == "--help" && !command.empty()) continue;  // the program's section has it
        INFO(option);
        CHECK(section->text.find("`" + option) != std::string::npos);
        ++checked;
    }
    for (const auto& variable : all_matches(help, "\\(Env:([A-Z_]+)\\)")) {
        INFO(variable);
        CHECK(section->text.find("`" + variable + "`") != std::string::npos);
    }
    for (const auto& subcommand : subcommands_in(help)) {
        auto deeper = command;
        if (!deeper.empty()) deeper += ' ';
        checked += check_command(page, deeper += subcommand);
    }
    return checked;
}

std::set<std::string> problem_codes() {
    std::set<std::string> codes;
    for (const auto& code : all_matches(source("api/http/problem.hpp"), "\\{\\s*[45][0-9][0-9],\\s*\"([a-z-]+)\""))
        codes.insert(code);
    for (const auto& code : all_matches(source("aggregates/rejection.cpp"), "return \\{\"([a-z-]+)\""))
        codes.insert(code);
    return codes;
}

}  // namespace

TEST_CASE("every problem code has its section, and every section is of a code") {
    const auto page = read_page("docs/problems.md");
    const auto codes = problem_codes();
    REQUIRE(codes.size() > 80);
    for (const auto& code : codes) {
        INFO(code);
        CHECK(page.section(code));
    }
    for (const auto& section : page.sections) {
        if (!section.text.starts_with("### ")) continue;
        INFO(section.anchor);
        CHECK(codes.contains(section.anchor));
    }
}

TEST_CASE("every subcommand and option is in docs/cli.md") { CHECK(check_command(read_page("docs/cli.md"), "") > 100); }

TEST_CASE("the glossary pairs each event of a saga's journal with its C++ name") {
    const auto* table = "| `";
    const auto glossary = source("docs/glossary.md");
    const auto header = source("aggregates/saga_events.hpp");
    const std::regex event{
        "struct ([A-Za-z0-9]+) \\{[^\n]*\n(?: *//[^\n]*\n)* *static constexpr EventName name\\{\"(saga[.a-z]+)\""};
    std::size_t events = 0;
    for (std::sregex_iterator match{header.begin(), header.end(), event}; match != std::sregex_iterator{}; ++match) {
        const auto name = (*match)[1].str();
        if (std::regex_search(name, std::regex{"V[0-9]+$"})) continue;  // an older version
        const auto row = table + (*match)[2].str() + "` | `" + name + "` |";
        INFO(row);
        CHECK(glossary.find(row) != std::string::npos);
        ++events;
    }
    CHECK(events > 10);
}

TEST_CASE("every route is in docs/http-api.md") {
    const auto text = source("docs/http-api.md");
    std::size_t routes = 0;
    const auto table = source("api/routes.cpp");
    const std::regex route{"\\{(get|post|patch|delete_),\\s+\"(/[^\"]*)\""};
    for (std::sregex_iterator match{table.begin(), table.end(), route}; match != std::sregex_iterator{}; ++match) {
        auto method = (*match)[1].str();
        if (method == "delete_") method = "delete";
        for (auto& letter : method) letter = static_cast<char>(std::toupper(static_cast<unsigned char>(letter)));
        const auto request = "`" + method + " " + (*match)[2].str() + "`";
        INFO(request);
        CHECK(text.find(request) != std::string::npos);
        ++routes;
    }
    CHECK(routes > 30);
}

}  // namespace sillok::docs
