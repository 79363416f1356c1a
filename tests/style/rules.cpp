#include "tests/style/rules.hpp"

#include "tests/style/source_code.hpp"

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>

namespace style {

namespace {

std::vector<std::string_view> lines_of(std::string_view text) {
    std::vector<std::string_view> lines;
    while (!text.empty()) {
        const auto end = text.find('\n');
        lines.push_back(text.substr(0, end));
        text = end == std::string_view::npos ? std::string_view{} : text.substr(end + 1);
    }
    return lines;
}

// Characters, not bytes.
std::size_t columns(std::string_view line) {
    return static_cast<std::size_t>(
        std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U; }));
}

bool is_upper(char c) { return std::isupper(static_cast<unsigned char>(c)) != 0; }
bool is_lower(char c) { return std::islower(static_cast<unsigned char>(c)) != 0; }
char lower(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

// In lower case, words apart by single blanks, also those of identifiers.
std::string words_of(std::string_view line) {
    std::string words = " ";
    for (std::size_t at = 0; at < line.size(); ++at) {
        const char c = line[at];
        if (std::isalnum(static_cast<unsigned char>(c)) == 0) {
            if (words.back() != ' ') words += ' ';
            continue;
        }
        if (at > 0 && is_upper(c) && is_lower(line[at - 1])) words += ' ';
        words += lower(c);
    }
    return words + ' ';
}

Findings lines_that_match(std::string_view text, const std::regex& pattern, const std::string& what) {
    Findings findings;
    const auto lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (std::regex_search(lines[i].begin(), lines[i].end(), pattern)) findings.push_back({i + 1, what});
    return findings;
}

}  // namespace

Findings long_functions(std::string_view code) {
    Findings findings;
    for (const auto& function : outline(code).functions)
        if (function.lines > function_lines_max)
            findings.push_back({function.line, "a function of " + std::to_string(function.lines) + " lines"});
    return findings;
}

Findings long_lines(std::string_view text) {
    Findings findings;
    const auto lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i)
        if (const auto width = columns(lines[i]); width > line_columns_max)
            findings.push_back({i + 1, "a line of " + std::to_string(width) + " columns"});
    return findings;
}

Findings large_classes(std::string_view code) {
    Findings findings;
    for (const auto& type : outline(code).classes)
        if (type.functions.size() > class_functions_max)
            findings.push_back(
                {type.line, type.name + " has " + std::to_string(type.functions.size()) + " member functions"});
    return findings;
}

Findings missing_purpose(std::string_view header) {
    const auto guard = header.find("#pragma once");
    if (guard == std::string_view::npos) return {{0, "no #pragma once"}};
    const auto opening = words_of(header.substr(0, guard));
    if (header.starts_with("// ") && opening.size() > 20) return {};
    return {{1, "it does not open with its purpose"}};
}

Findings standard_asserts(std::string_view code) {
    static const std::regex pattern{R"(^\s*#\s*include\s*<(cassert|assert\.h)>)"};
    return lines_that_match(code, pattern, "the standard's assert instead of eventstore/base/assertion.hpp");
}

Findings banned_words(std::string_view text, const std::vector<std::string>& words) {
    Findings findings;
    const auto lines = lines_of(text);
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto line = words_of(lines[i]);
        for (const auto& word : words)
            if (line.find(' ' + word + ' ') != std::string::npos)
                findings.push_back({i + 1, "the word \"" + word + "\""});
    }
    return findings;
}

Findings sleeps(std::string_view test) {
    static const std::regex pattern{R"(\bsleep_(for|until)\s*\()"};
    return lines_that_match(without_literals(test), pattern, "a sleep");
}

Findings odd_file_name(std::string_view path) {
    static const std::regex pattern{R"(([a-z0-9_]+/)*([a-z0-9_]+\.(cpp|hpp)))"};
    if (std::regex_match(path.begin(), path.end(), pattern)) return {};
    return {{0, "its name is not in snake_case"}};
}

Findings too_many_lines(std::string_view text, std::size_t lines_max) {
    const auto count = lines_of(text).size();
    if (count <= lines_max) return {};
    return {{0, "it has " + std::to_string(count) + " lines"}};
}

Findings long_subjects(const std::vector<std::string>& subjects) {
    Findings findings;
    for (const auto& subject : subjects)
        if (columns(subject) > subject_columns_max) findings.push_back({0, "a long subject: " + subject});
    return findings;
}

std::vector<std::string> unused_headers(const std::vector<SourceFile>& files) {
    static const std::regex pattern{R"(#include [<"]([^>"]+)[>"])"};
    std::set<std::string> included;
    for (const auto& file : files)
        for (std::sregex_iterator it{file.text.begin(), file.text.end(), pattern}, end; it != end; ++it)
            included.insert((*it)[1].str());
    std::vector<std::string> unused;
    for (const auto& file : files)
        if (file.path.ends_with(".hpp") && !included.contains(file.path)) unused.push_back(file.path);
    return unused;
}

}  // namespace style
