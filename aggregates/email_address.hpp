// The form of an e-mail address: RFC 5321, and RFC 6531 for international ones. Pure.
//
// Refused although RFC 5321 allows it: a local part in quotes. Nobody has one, and its blanks, quotes and backslashes
// are read differently by different programs.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

constexpr std::size_t email_bytes_max = 254;
constexpr std::size_t local_part_bytes_max = 64;

// What is wrong with the address, as the end of a sentence ("must have ..."). Nothing: it is one.
std::optional<std::string> flaw_of_address(std::string_view utf8);

}  // namespace sillok
