// Reads JSON that comes from outside.
#pragma once

#include <nlohmann/json.hpp>

#include <string_view>

namespace sillok {

// nlohmann's parser takes a NUL for the end of the text and never sees what stands behind it. JSON text has none: in a
// string it is written \u0000.
inline bool has_nul(std::string_view text) { return text.contains('\0'); }

// The value; a discarded one where the text is not JSON from its first byte to its last.
inline nlohmann::json json_in(std::string_view text) {
    if (has_nul(text)) return nlohmann::json::value_t::discarded;
    return nlohmann::json::parse(text, nullptr, false);
}

}  // namespace sillok
