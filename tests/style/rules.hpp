// The style rules that a program can check. Each takes a file's text and returns what is wrong with it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace style {

constexpr std::size_t function_lines_max = 70;
constexpr std::size_t line_columns_max = 120;
constexpr std::size_t class_functions_max = 15;
constexpr std::size_t subject_columns_max = 72;
constexpr std::size_t readme_lines_max = 150;

struct Finding {
    std::size_t line;  // 0: the file as a whole
    std::string what;

    bool operator==(const Finding&) const = default;
};
using Findings = std::vector<Finding>;

struct SourceFile {
    std::string path;  // from the project's folder
    std::string text;
};

Findings long_functions(std::string_view code);
Findings long_lines(std::string_view text);
Findings large_classes(std::string_view code);
// A header opens with a comment about its purpose, before #pragma once.
Findings missing_purpose(std::string_view header);
// The standard's assert is not checked where NDEBUG is defined.
Findings standard_asserts(std::string_view code);
// `words` are in lower case; they are found in identifiers too (a_word, AWord).
Findings banned_words(std::string_view text, const std::vector<std::string>& words);
// A sleep in a test waits too long or too short; tests/eventually.hpp waits for a condition.
Findings sleeps(std::string_view test);
Findings odd_file_name(std::string_view path);
Findings too_many_lines(std::string_view text, std::size_t lines_max);
Findings long_subjects(const std::vector<std::string>& subjects);

// Headers that no file includes.
std::vector<std::string> unused_headers(const std::vector<SourceFile>& files);

}  // namespace style
