// A number of bytes a second as an option's value: 20MiB.
#pragma once

#include "tools/byte_size.hpp"
#include "tools/commands/subcommand.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sillok {

constexpr std::uint64_t least_rate_option = 1'000;

// Empty: no limit, 0. Throws Misuse with the option's name.
inline std::uint64_t rate_of(std::string_view option, std::string_view text) {
    if (text.empty()) return 0;
    const auto bytes = parse_bytes(text);
    if (!bytes) throw Misuse(std::string{option} + ": " + bytes.error());
    if (*bytes < least_rate_option) throw Misuse(std::string{option} + " must be 1000 bytes a second or more");
    return *bytes;
}

}  // namespace sillok
