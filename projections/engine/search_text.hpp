// Text as it is searched: lower case. Pure, and the same on every machine, for it is stored in an index.
#pragma once

#include <string>
#include <string_view>

namespace sillok {

// Lower case of UTF-8 text for Latin (with its Western European accents), Greek and Cyrillic letters; all
// else, Hangul and bytes that are no UTF-8 among it, stays as it is.
std::string search_text(std::string_view text);

}  // namespace sillok
