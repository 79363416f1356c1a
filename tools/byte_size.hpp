// A number of bytes as an option's value: 500000, 20MiB, 1GB. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sillok {

// The error says what is taken. At most 2^53.
std::expected<std::uint64_t, std::string> parse_byte_size(std::string_view text);

// The same as a rate; empty: no limit, 0. `option` is named in the Misuse that it throws.
std::uint64_t rate_of(std::string_view option, std::string_view text);

}  // namespace sillok
