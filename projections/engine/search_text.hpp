// Text in the form in which it is searched: lower case. Pure, and the same on every machine, because it is stored in an
// index.
#pragma once

#include <string>
#include <string_view>

namespace sillok {

// Returns UTF-8 text with Latin letters (with their Western European accents), Greek and Cyrillic letters in lower
// case. Everything else stays as it is: Hangul, for example, and bytes that are not UTF-8.
std::string search_text(std::string_view text);

}  // namespace sillok
