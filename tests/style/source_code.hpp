// A reader of C++ source that knows just enough for the style rules: where functions and classes begin and end.
//
// It relies on clang-format's layout: a body's brace stands behind a blank, an initialiser's brace does not.
#pragma once

#include <cstddef>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace style {

struct Function {
    std::string head;  // what stands before its body, on one line
    std::size_t line;  // where it begins
    std::size_t lines;
};

struct Class {
    std::string name;
    std::size_t line;
    std::set<std::string> functions;  // names of its member functions, without constructors and operators
};

struct Outline {
    std::vector<Function> functions;
    std::vector<Class> classes;
};

// The same text with comments, literals and preprocessor lines blanked; lines stay where they are.
std::string without_literals(std::string_view code);

Outline outline(std::string_view code);

}  // namespace style
