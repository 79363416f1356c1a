// The project's own files keep the rules, but for the exceptions that exceptions.txt still counts.
#include "tests/style/ratchet.hpp"
#include "tests/style/rules.hpp"

#include <doctest/doctest.h>

#include <array>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>
#include <string>
#include <vector>

namespace fs = std::filesystem;
using namespace style;

namespace {

const fs::path root{SILLOK_SOURCE_DIRECTORY};
#ifdef __clang__
constexpr bool is_clang = true;
#else
constexpr bool is_clang = false;
#endif

std::string text_of(const fs::path& file) {
    std::ifstream in{file, std::ios::binary};
    REQUIRE_MESSAGE(in, file.string());
    return {std::istreambuf_iterator<char>{in}, {}};
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) lines.push_back(line);
    return lines;
}

bool is_code(const std::string& path) { return path.ends_with(".hpp") || path.ends_with(".cpp"); }
bool is_prose(const std::string& path) { return path.ends_with(".md"); }

std::vector<SourceFile> project_files() {
    std::vector<SourceFile> files;
    const auto take = [&](const fs::path& file) {
        const auto path = file.lexically_relative(root).generic_string();
        if (is_code(path) || is_prose(path)) files.push_back({path, text_of(file)});
    };
    for (const auto* folder :
         {"eventstore", "aggregates", "projections", "sagas", "api", "tools", "bench", "tests", "docs"})
        for (const auto& entry : fs::recursive_directory_iterator{root / folder})
            if (entry.is_regular_file()) take(entry.path());
    for (const auto& entry : fs::directory_iterator{root})
        if (entry.is_regular_file()) take(entry.path());
    return files;
}

void check_code(Ratchet& ratchet, const SourceFile& file) {
    const bool is_test = file.path.starts_with("tests/");
    ratchet.found("function_lines", file.path, long_functions(file.text));
    ratchet.found("line_columns", file.path, long_lines(file.text));
    ratchet.found("class_functions", file.path, large_classes(file.text));
    ratchet.found("file_name", file.path, odd_file_name(file.path));
    if (file.path.ends_with(".hpp")) ratchet.found("purpose", file.path, missing_purpose(file.text));
    if (is_test)
        ratchet.found("sleep", file.path, sleeps(file.text));
    else
        ratchet.found("assert", file.path, standard_asserts(file.text));
}

// Of what a command prints: its lines. Nothing where it fails.
std::vector<std::string> output_of(const std::string& command) {
    std::string text;
    auto* pipe = ::popen((command + " 2>/dev/null").c_str(), "r");
    REQUIRE(pipe != nullptr);
    std::array<char, 4096> bytes;
    std::size_t count = 0;
    while ((count = std::fread(bytes.data(), 1, bytes.size(), pipe)) > 0) text.append(bytes.data(), count);
    return ::pclose(pipe) == 0 ? lines_of(text) : std::vector<std::string>{};
}

bool clang_accepts(const std::string& options) {
    std::ostringstream command;
    command << SILLOK_COMPILER << " -std=c++2b -fsyntax-only -Werror -Wthread-safety -Wthread-safety-beta -I"
            << root.string() << ' ' << options << ' ' << (root / "tests/style/locks.cpp").string() << " 2>/dev/null";
    return std::system(command.str().c_str()) == 0;
}

}  // namespace

TEST_CASE("the project's files keep the style rules") {
    const auto files = project_files();
    CHECK(files.size() > 300);
    const auto words = lines_of(text_of(root / "tests/style/banned_words.txt"));
    auto ratchet = Ratchet::read(text_of(root / "tests/style/exceptions.txt"));
    for (const auto& file : files) {
        if (is_code(file.path)) check_code(ratchet, file);
        ratchet.found("words", file.path, banned_words(file.text, words));
        if (file.path == "README.md") ratchet.found("lines", file.path, too_many_lines(file.text, readme_lines_max));
    }
    for (const auto& header : unused_headers(files)) ratchet.found("unused", header, {{0, "nobody includes it"}});

    const auto complaints = ratchet.complaints();
    for (const auto& complaint : complaints) MESSAGE(complaint);
    if (!complaints.empty()) MESSAGE("exceptions.txt would have to hold:\n" << ratchet.present());
    CHECK(complaints.empty());
}

// Commits from before the rule are not looked at.
TEST_CASE("the subjects of commits are at most 72 columns long") {
    const std::string rule_began = "087705c";
    const auto git = "git -C '" + root.string() + "' ";
    const auto subjects = output_of(git + "log --format=%s " + rule_began + "..HEAD");
    for (const auto& finding : long_subjects(subjects)) MESSAGE(finding.what);
    CHECK(long_subjects(subjects).empty());
}

// Another compiler ignores the annotations; there is nothing to see.
TEST_CASE("clang refuses an access to guarded data without its lock" * doctest::skip(!is_clang)) {
    CHECK(clang_accepts("-DLOCKED"));
    CHECK_FALSE(clang_accepts(""));
}
