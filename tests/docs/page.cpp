#include "tests/docs/page.hpp"

#include <algorithm>
#include <cctype>
#include <fstream>
#include <iterator>
#include <optional>
#include <sstream>
#include <stdexcept>
#include <utility>

namespace sillok::docs {

namespace {

constexpr std::string_view fence = "```";
constexpr std::string_view prompt = "$ ";

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

std::string_view trimmed(std::string_view text) {
    while (text.starts_with(' ')) text.remove_prefix(1);
    while (text.ends_with(' ')) text.remove_suffix(1);
    return text;
}

// The text that a link shows: "[cli](cli.md)" is "cli".
std::string without_links(std::string_view text) {
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] == '[') continue;
        if (text[at] == ']' && at + 1 < text.size() && text[at + 1] == '(') {
            at = std::min(text.find(')', at), text.size());
            continue;
        }
        plain += text[at];
    }
    return plain;
}

std::string anchor_of(std::string_view heading) {
    std::string anchor;
    for (const char c : without_links(trimmed(heading))) {
        const auto byte = static_cast<unsigned char>(c);
        if (c == ' ') anchor += '-';
        if (std::isalnum(byte) || c == '-' || c == '_' || byte >= 0x80) anchor += static_cast<char>(std::tolower(byte));
    }
    return anchor;
}

// Two headings of one text: the second one's anchor ends with "-1".
std::string unique_anchor(const Page& page, const std::string& anchor) {
    std::string unique = anchor;
    for (int number = 1; page.section(unique); ++number) unique = anchor + "-" + std::to_string(number);
    return unique;
}

std::optional<std::string_view> heading(std::string_view line) {
    const auto level = line.find_first_not_of('#');
    if (level == 0 || level == std::string_view::npos || line[level] != ' ') return std::nullopt;
    return line.substr(level + 1);
}

// Takes the code spans of a line into the page and returns the line without them.
std::string take_code_spans(Page& page, const std::string& line, std::size_t number) {
    std::string rest;
    std::size_t at = 0;
    for (;;) {
        const auto begin = line.find('`', at);
        const auto end = begin == std::string::npos ? begin : line.find('`', begin + 1);
        if (end == std::string::npos) return rest + line.substr(at);
        rest += line.substr(at, begin - at) + "code";
        page.code_spans.push_back({number, line.substr(begin + 1, end - begin - 1)});
        at = end + 1;
    }
}

void take_links(Page& page, const std::string& line, std::size_t number) {
    for (auto at = line.find("]("); at != std::string::npos; at = line.find("](", at + 1)) {
        const auto end = line.find(')', at);
        if (end != std::string::npos) page.links.push_back({number, line.substr(at + 2, end - at - 2)});
    }
}

// "tools/run     # installs what is missing": the command alone.
std::string without_comment(const std::string& line) {
    return std::string{trimmed(std::string_view{line}.substr(0, line.find(" # ")))};
}

}  // namespace

const Section* Page::section(std::string_view anchor) const {
    const auto found = std::ranges::find(sections, anchor, &Section::anchor);
    return found == sections.end() ? nullptr : &*found;
}

std::filesystem::path source_directory() { return SILLOK_SOURCE_DIRECTORY; }

std::string contents(const std::filesystem::path& file) {
    std::ifstream stream{file, std::ios::binary};
    if (!stream) throw std::runtime_error("cannot read " + file.string());
    return {std::istreambuf_iterator<char>{stream}, {}};
}

Page read_page(const std::string& name) {
    Page page;
    page.name = name;
    page.lines = lines_of(contents(source_directory() / name));
    page.sections.emplace_back();  // before the first heading
    std::optional<Block> block;
    for (std::size_t number = 1; number <= page.lines.size(); ++number) {
        const auto& line = page.lines[number - 1];
        page.sections.back().text += line + '\n';
        if (block && line == fence) {
            page.blocks.push_back(*std::exchange(block, std::nullopt));
        } else if (block) {
            block->lines.push_back(line);
        } else if (line.starts_with(fence)) {
            block = Block{.language = line.substr(fence.size()), .line = number + 1, .lines = {}};
        } else if (const auto title = heading(line)) {
            page.sections.push_back({unique_anchor(page, anchor_of(*title)), line + '\n'});
        } else {
            take_links(page, take_code_spans(page, line, number), number);
        }
    }
    if (block) throw std::runtime_error(name + ": the block of line " + std::to_string(block->line) + " has no end");
    return page;
}

std::vector<Page> all_pages() {
    std::vector<std::string> names;
    for (const auto* folder : {".", "docs", "docs/adr"})
        for (const auto& entry : std::filesystem::directory_iterator{source_directory() / folder})
            if (entry.path().extension() == ".md")
                names.push_back(entry.path().lexically_relative(source_directory()).lexically_normal().string());
    std::ranges::sort(names);
    std::vector<Page> pages;
    std::ranges::transform(names, std::back_inserter(pages), read_page);
    return pages;
}

std::vector<Command> commands_of(const Block& block) {
    const bool console = block.language == "console";
    std::vector<Command> commands;
    bool continued = false;
    for (std::size_t index = 0; index < block.lines.size(); ++index) {
        const auto& line = block.lines[index];
        if (continued) {
            commands.back().text += '\n' + line;
        } else if (console && !line.starts_with(prompt)) {
            if (commands.empty()) throw std::runtime_error("output without a command: " + line);
            commands.back().output.push_back(line);
            continue;
        } else if (auto text = console ? line.substr(prompt.size()) : without_comment(line);
                   !text.empty() && !text.starts_with('#')) {
            commands.push_back({block.line + index, std::move(text), {}});
        }
        continued = line.ends_with('\\');
    }
    return commands;
}

}  // namespace sillok::docs
