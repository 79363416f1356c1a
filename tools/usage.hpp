// What is wrong with a command line, in one sentence that ends with the help to look at.
#pragma once

#include "tools/option_sources.hpp"

#include <optional>
#include <string>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace sillok {

// Names the first argument that was not understood, and the one that is most likely meant. Returns nothing if all were
// understood. It goes before every other complaint: a required option may be missing because its name is misspelt.
std::optional<std::string> misunderstood(CLI::App& program);

// Whether a word stands where a subcommand should, and is none. It goes before the help that was asked for.
bool has_unknown_subcommand(CLI::App& program);

// Says in our words what CLI11 found wrong, and where a value is from that was not typed.
std::string usage_sentence(CLI::App& program, const CLI::ParseError& error, const OptionOrigins& origins);

// Names a value that no subcommand takes: an empty text, most likely of a variable that is not set, or a path that
// begins with "~/", which a shell would have replaced.
std::optional<std::string> unusable_value(const CLI::App& program);

}  // namespace sillok
