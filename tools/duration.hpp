// A length of time as an option's value: a number and one of s, m, h, d. Pure.
#pragma once

#include <chrono>
#include <expected>
#include <string>
#include <string_view>

namespace sillok {

// The error says what is taken. At most ten years.
std::expected<std::chrono::seconds, std::string> parse_duration(std::string_view text);

}  // namespace sillok
