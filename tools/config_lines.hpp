// The lines of a config file: a section for each subcommand, "[events.tail]", and below it a line for each option.
#pragma once

#include <cstddef>
#include <map>
#include <string>

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace sillok {

struct ConfigLines {
    std::string text;  // without a byte order mark
    std::map<const CLI::Option*, std::size_t> line_of;
};

// Throws CLI::ConfigError at the first line that names no section or option of the program: the file, the line, what is
// wrong with it, and the name that is most likely meant.
ConfigLines config_lines(CLI::App& program, const std::string& file, std::string text);

}  // namespace sillok
