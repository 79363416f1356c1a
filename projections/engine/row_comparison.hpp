// Keys and the difference of two rows, as text for people.
#pragma once

#include "aggregates/codec/event_bytes.hpp"
#include "eventstore/base/byte_order.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace sillok {

// A key may hold bytes that are not text: a notification's key is a number.
inline std::string printable(std::string_view key) {
    const bool text = std::ranges::all_of(key, [](char c) { return c >= 0x20 && c < 0x7f; });
    if (text) return std::string{key};
    if (key.size() == 8) return std::to_string(get_big_endian(key.data()));
    return fmt::format("{:02x}", fmt::join(key, ""));
}

// Returns a field's value where it is short enough for people; otherwise nothing.
template <class Field>
std::string readable(const Field& field) {
    if constexpr (std::is_same_v<Field, bool>)
        return field ? "true" : "false";
    else if constexpr (std::is_integral_v<Field>)
        return fmt::format("{}", field);
    else if constexpr (std::is_enum_v<Field>)
        return fmt::format("{}", static_cast<long long>(field));
    else if constexpr (std::is_same_v<Field, std::string>)
        return '"' + field.substr(0, 80) + '"';
    else if constexpr (requires {
                           field.value;
                           field.value <=> field.value;
                       })
        return readable(field.value);
    else if constexpr (requires { field.amount; })
        return readable(field.amount);
    else
        return {};
}

// "onHand is 7, rebuilt 3; reserved is 1, rebuilt 0"
template <class Row>
std::string difference(const Row& old_row, const Row& new_row) {
    struct Seen {
        std::string bytes, text;
    };
    std::vector<Seen> old_fields;
    Row::fields(old_row,
                [&](const char*, const auto& field) { old_fields.push_back({to_bytes(field), readable(field)}); });
    std::string told;
    std::size_t at = 0;
    Row::fields(new_row, [&](const char* name, const auto& field) {
        const auto& old_field = old_fields[at++];
        if (old_field.bytes == to_bytes(field)) return;
        const auto now = readable(field);
        if (!told.empty()) told += "; ";
        told += name;
        told += now.empty() ? " differs" : " is " + old_field.text + ", rebuilt " + now;
    });
    return told;
}

}  // namespace sillok
