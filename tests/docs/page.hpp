// One page of the documentation, taken apart.
//
// Blocks: a fenced block's language says what it holds.
//   console  commands that are run, each after "$ ", and below it the output that it must have. "..." stands for any
//            text within a line; a line that is "..." alone stands for any number of lines.
//   sh       commands that cannot be run in a test; not_run.hpp names each one with its reason.
//   others   no commands.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::docs {

struct Block {
    std::string language;
    std::size_t line = 0;  // of its first line, counted from 1
    std::vector<std::string> lines;
};

struct Section {
    std::string anchor;  // as GitHub makes it of the heading
    std::string text;    // up to the next heading, blocks included
};

struct Link {
    std::size_t line = 0;
    std::string target;
};

struct Page {
    std::string name;  // "docs/cli.md": relative to the source directory
    std::vector<std::string> lines;
    std::vector<Block> blocks;
    std::vector<Section> sections;
    std::vector<Link> links;
    std::vector<Link> code_spans;  // `text in backticks`, outside of blocks

    [[nodiscard]] const Section* section(std::string_view anchor) const;  // nullptr where there is none
};

struct Command {
    std::size_t line = 0;
    std::string text;  // lines that end with a backslash are joined with the next one by "\\\n"
    std::vector<std::string> output;
};

std::filesystem::path source_directory();
std::string contents(const std::filesystem::path& file);

// Throws std::runtime_error when there is no such file, or a block has no end.
Page read_page(const std::string& name);
// Every page of the project: at the top, in docs/ and in docs/adr/.
std::vector<Page> all_pages();

// The commands of a console block, with their output, or of a sh block, without.
std::vector<Command> commands_of(const Block& block);

}  // namespace sillok::docs
