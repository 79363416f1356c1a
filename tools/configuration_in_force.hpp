// The options of one subcommand as they are in force: each with its value and where that is from.
#pragma once

#include "tools/option_sources.hpp"

#include <string>
#include <vector>

namespace sillok {

struct OptionInForce {
    std::string name;    // "--listen"
    std::string value;   // empty: none
    std::string source;  // "typed", "SILLOK_LISTEN", "sillok.ini, line 3", "default"
};

// In the order of --help, without switches. A secret's value is "(secret)".
std::vector<OptionInForce> configuration_in_force(const CLI::App& app, const OptionOrigins& origins);

}  // namespace sillok
