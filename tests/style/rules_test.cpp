// Each rule finds what it is there for in a made-up file, and lets a good one pass.
#include "tests/style/rules.hpp"
#include "tests/style/ratchet.hpp"
#include "tests/style/source_code.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace style;

namespace {

std::string repeated(const std::string& line, std::size_t times) {
    std::string text;
    for (std::size_t i = 0; i < times; ++i) text += line;
    return text;
}

std::string class_with(std::size_t functions) {
    std::string code =
        "class Shelf {\n   public:\n    Shelf();\n    ~Shelf();\n    bool operator==(const Shelf&) const;\n";
    for (std::size_t i = 0; i < functions; ++i) code += "    int part" + std::to_string(i) + "() const;\n";
    return code + "    std::function<void(int)> visit_;\n    int count_ SILLOK_GUARDED_BY(mutex_) = size(3);\n};\n";
}

}  // namespace

TEST_CASE("a function of more than 70 lines is found, also among others, with its line") {
    const auto body = [](std::size_t lines) { return "{\n" + repeated("    step();\n", lines - 2) + "}\n"; };
    const auto text = "namespace shop {\nint first() " + body(70) + "Basket::Basket(int a) : a_{a}, b_{2} " + body(71) +
                      "}  // namespace shop\n";
    CHECK(long_functions(text) == Findings{{72, "a function of 71 lines"}});
}

TEST_CASE("braces in literals and comments do not end a function") {
    const auto text = "int one() {\n    put(\"}\", '}', R\"x(})x\");  // }\n" + repeated("    step();\n", 80) + "}\n";
    CHECK(long_functions(text).size() == 1);
}

TEST_CASE("a long table or namespace is no long function") {
    CHECK(long_functions("constexpr Route table[] = {\n" + repeated("    {get(1)},\n", 100) + "};\n").empty());
    CHECK(long_functions("namespace a {\n" + repeated("int f();\n", 100) + "}\n").empty());
}

TEST_CASE("a line of more than 120 columns is found; columns are characters, not bytes") {
    CHECK(long_lines("short\n" + std::string(121, 'x') + "\n") == Findings{{2, "a line of 121 columns"}});
    CHECK(long_lines(repeated("\u00fc", 120)).empty());
}

TEST_CASE("a class of more than 15 member functions is found; constructors, operators and data do not count") {
    CHECK(large_classes(class_with(15)).empty());
    CHECK(large_classes(class_with(16)) == Findings{{1, "Shelf has 16 member functions"}});
}

TEST_CASE("a header without a purpose is found") {
    CHECK(missing_purpose("#pragma once\n\nint f();\n").size() == 1);
    CHECK(missing_purpose("// Things.\n#pragma once\n").size() == 1);
    CHECK(missing_purpose("// How much of a product is in stock.\n#pragma once\n").empty());
    CHECK(missing_purpose("// How much of a product is in stock.\n").size() == 1);
}

TEST_CASE("the standard's assert is found") {
    CHECK(standard_asserts("#include <array>\n#include <cassert>\n").front().line == 2);
    CHECK(standard_asserts("// <cassert> is not used\n").empty());
}

TEST_CASE("a banned word is found in prose and inside identifiers, but not as a part of another word") {
    const std::vector<std::string> words{"thingy", "odd bit"};
    CHECK(banned_words("// Thingy, first.\n", words).size() == 1);
    CHECK(banned_words("void put_thingy();\nclass OddBit;\n", words).size() == 2);
    CHECK(banned_words("thingyless odd bits\n", words).empty());
}

TEST_CASE("a sleep in a test is found, but not the word in a comment") {
    CHECK(sleeps("    std::this_thread::sleep_for(20ms);\n").size() == 1);
    CHECK(sleeps("// no sleep_for(20ms) here\n").empty());
}

TEST_CASE("a file name that is not in snake_case is found") {
    CHECK(odd_file_name("eventstore/EventStore.hpp").size() == 1);
    CHECK(odd_file_name("eventstore/base/event_store.hpp").empty());
}

TEST_CASE("a text of too many lines is found") {
    CHECK(too_many_lines("a\nb\nc\n", 2) == Findings{{0, "it has 3 lines"}});
    CHECK(too_many_lines("a\nb\n", 2).empty());
}

TEST_CASE("a commit's subject of more than 72 columns is found") {
    CHECK(long_subjects({std::string(72, 'x')}).empty());
    CHECK(long_subjects({"short", std::string(73, 'x')}).size() == 1);
}

TEST_CASE("a header that nobody includes is found") {
    const std::vector<SourceFile> files{
        {"a/used.hpp", ""}, {"a/unused.hpp", ""}, {"a/main.cpp", "#include \"a/used.hpp\"\n"}};
    CHECK(unused_headers(files) == std::vector<std::string>{"a/unused.hpp"});
}

TEST_CASE("exceptions let old violations pass, but no new ones, and must go with them") {
    const Findings two{{3, "bad"}, {4, "bad"}};
    const auto complaints = [&](std::string_view exceptions) {
        auto ratchet = Ratchet::read(exceptions);
        ratchet.found("rule", "file.cpp", two);
        return ratchet.complaints().size();
    };
    CHECK(complaints("# a comment\nrule file.cpp 2\n") == 0);
    CHECK(complaints("") == 2);
    CHECK(complaints("rule file.cpp 1\n") == 2);
    CHECK(complaints("rule file.cpp 3\n") == 1);
    CHECK(complaints("rule file.cpp 2\nrule gone.cpp 1\n") == 1);
}
