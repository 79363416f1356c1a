// A number of bytes as an option's value: a number, alone or with one of KiB, MiB, GiB, TiB. Pure.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sillok {

// The error says what is taken. At most 1 EiB.
std::expected<std::uint64_t, std::string> parse_bytes(std::string_view text);

}  // namespace sillok
