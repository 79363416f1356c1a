// What the payment provider says in its own words, made fit to be stored and shown.
//
// At most 1 KiB, cut at the end of a character. Control characters, line and paragraph separators and characters that
// turn the direction of a text become spaces; bytes that are not UTF-8 become U+FFFD. Nothing stored before is changed.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace sillok {

inline constexpr std::size_t reason_bytes_max = 1'024;

std::string provider_reason(std::string_view text);

}  // namespace sillok
