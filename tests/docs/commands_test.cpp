// Every command of README.md and docs/ is run, and its output compared with what the page says.
#include "tests/docs/not_run.hpp"
#include "tests/docs/page.hpp"
#include "tests/docs/session.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::docs {

namespace {

constexpr std::array languages_without_commands{"cmake", "cpp", "http", "ini", "json", "text"};

std::string joined(const std::vector<std::string>& lines) {
    std::string text;
    for (const auto& line : lines) text += "    " + line + '\n';
    return text;
}

std::string place(const Page& page, std::size_t line) { return page.name + ":" + std::to_string(line); }

const NotRun* reason_not_to_run(const Page& page, const Command& command) {
    const auto found = std::ranges::find_if(
        not_run, [&](const NotRun& entry) { return entry.page == page.name && entry.command == command.text; });
    return found == std::end(not_run) ? nullptr : &*found;
}

// What is run of a page: its console blocks, and what stands in for commands of its sh blocks.
std::vector<Command> session_of(const Page& page) {
    std::vector<Command> session;
    for (const auto& block : page.blocks) {
        if (block.language == "console") std::ranges::copy(commands_of(block), std::back_inserter(session));
        if (block.language != "sh") continue;
        for (const auto& command : commands_of(block))
            if (const auto* entry = reason_not_to_run(page, command); entry && !entry->instead.empty())
                session.push_back({command.line, std::string{entry->instead}, {"..."}});
    }
    return session;
}

}  // namespace

TEST_CASE("every command of the documentation does what its page says") {
    std::size_t commands = 0;
    for (const auto& page : all_pages()) {
        const auto session = session_of(page);
        if (session.empty()) continue;
        const auto outcomes = run_session(session);
        for (std::size_t index = 0; index < session.size(); ++index) {
            const auto& command = session[index];
            auto outcome = outcomes[index];
            // A server's first log line is the same on every page, so none of them shows it.
            std::erase_if(outcome.output,
                          [](const std::string& line) { return line.find("Z info started ") != std::string::npos; });
            INFO(place(page, command.line) << "\n$ " << command.text << "\nexpected:\n"
                                           << joined(command.output) << "printed, status " << outcome.status << ":\n"
                                           << joined(outcome.output));
            CHECK(outcome.status == 0);
            CHECK(matches(outcome.output, command.output));
            ++commands;
        }
    }
    CHECK(commands > 50);  // the pages were found
}

TEST_CASE("a command that is not run is listed with its reason, and every reason is of a command") {
    std::vector<const NotRun*> used;
    for (const auto& page : all_pages())
        for (const auto& block : page.blocks) {
            if (block.language != "sh") continue;
            for (const auto& command : commands_of(block)) {
                INFO(place(page, command.line) << ": " << command.text << " is in a sh block and not in not_run.hpp");
                const auto* entry = reason_not_to_run(page, command);
                CHECK(entry);
                used.push_back(entry);
            }
        }
    for (const auto& entry : not_run) {
        INFO(entry.page << " does not have the command " << entry.command);
        CHECK(std::ranges::find(used, &entry) != used.end());
        CHECK_FALSE(entry.reason.empty());
    }
}

TEST_CASE("a block says what it holds") {
    for (const auto& page : all_pages())
        for (const auto& block : page.blocks) {
            INFO(place(page, block.line) << ": a block of language '" << block.language << "'");
            if (block.language == "console" || block.language == "sh") {
                CHECK_FALSE(commands_of(block).empty());
                continue;
            }
            CHECK(std::ranges::find(languages_without_commands, block.language) != languages_without_commands.end());
            for (const auto& line : block.lines) CHECK_FALSE(line.starts_with("$ "));
        }
}

TEST_CASE("dots stand for any text") {
    using Lines = std::vector<std::string>;
    CHECK(matches(Lines{"19 orders in 0.4 s"}, Lines{"19 orders in ... s"}));
    CHECK_FALSE(matches(Lines{"18 orders in 0.4 s"}, Lines{"19 orders in ... s"}));
    CHECK(matches(Lines{"a", "b", "c"}, Lines{"a", "...", "c"}));
    CHECK(matches(Lines{"a", "c"}, Lines{"a", "...", "c"}));
    CHECK_FALSE(matches(Lines{"a", "b", "c"}, Lines{"a", "c"}));
    CHECK_FALSE(matches(Lines{"a"}, Lines{}));
    CHECK_FALSE(matches(Lines{}, Lines{"a"}));
}

}  // namespace sillok::docs
