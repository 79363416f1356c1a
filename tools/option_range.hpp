// The smallest and the largest value of a number on the command line.
#pragma once

#include "eventstore/base/parse_number.hpp"

#include <CLI/CLI.hpp>

#include <cstdint>
#include <string>

namespace sillok {

// Refuses what is no whole number of `least` or more, and says so.
inline CLI::Validator at_least(std::uint64_t least) {
    const auto rule = std::to_string(least) + " or more";
    const auto check = [least, rule](const std::string& text) {
        const auto number = parse_number<std::uint64_t>(text);
        return number && *number >= least ? std::string{} : "must be " + rule;
    };
    return CLI::Validator{check, "[" + rule + "]", ""};
}

// Refuses what is no whole number from `least` to `most`, and says so.
inline CLI::Validator between(std::uint64_t least, std::uint64_t most) {
    const auto rule = "a whole number from " + std::to_string(least) + " to " + std::to_string(most);
    const auto check = [least, most, rule](const std::string& text) {
        const auto number = parse_number<std::uint64_t>(text);
        return number && *number >= least && *number <= most ? std::string{} : "must be " + rule;
    };
    return CLI::Validator{check, "[" + std::to_string(least) + " to " + std::to_string(most) + "]", ""};
}

}  // namespace sillok
