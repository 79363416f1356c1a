// Reads JSON that comes from outside.
#pragma once

#include <nlohmann/json.hpp>

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

// nlohmann's parser takes a NUL for the end of the text and never sees what stands behind it. JSON text has none: in a
// string it is written \u0000.
inline bool has_nul(std::string_view text) { return text.contains('\0'); }

// The value; a discarded one where the text is not JSON from its first byte to its last, or an object has two members
// of one name: RFC 8259 leaves open which of them counts, so it proves nothing.
inline nlohmann::json json_in(std::string_view text) {
    using nlohmann::json;
    if (has_nul(text)) return json::value_t::discarded;
    std::vector<std::set<std::string>> open_objects;  // the names in each
    bool is_repeated = false;
    const auto watch = [&](int, json::parse_event_t event, json& value) {
        if (event == json::parse_event_t::object_start) open_objects.emplace_back();
        if (event == json::parse_event_t::object_end) open_objects.pop_back();
        if (event == json::parse_event_t::key)
            is_repeated |= !open_objects.back().insert(value.get<std::string>()).second;
        return true;
    };
    auto value = json::parse(text, watch, false);
    return is_repeated ? json(json::value_t::discarded) : value;
}

}  // namespace sillok
