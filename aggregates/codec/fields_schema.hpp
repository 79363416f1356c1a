// The meaning of a type's bytes, as text: the names and kinds of its fields in their order, those of nested types, too,
// and the words of its enums. Bytes can be read with the text with which they were written, and with no other.
//
//   {onHand:quantity,reserved:quantity,reservations:{open:{id:quantity}}}
#pragma once

#include "aggregates/codec/event_bytes.hpp"
#include "aggregates/values.hpp"

#include <array>
#include <concepts>
#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <unordered_map>
#include <vector>

namespace sillok {

namespace detail {

// One overload per kind of field; a kind without one does not compile.

template <class T>
struct Kind {};

// "{first:string,second:u64}"
template <HasFields T>
std::string schema(Kind<T>);

template <class Number>
    requires std::integral<Number>
std::string schema(Kind<Number>) {
    if constexpr (std::same_as<Number, bool>) return "bool";
    return (std::is_signed_v<Number> ? "i" : "u") + std::to_string(sizeof(Number) * 8);
}
inline std::string schema(Kind<std::string>) { return "string"; }
inline std::string schema(Kind<Quantity>) { return "quantity"; }
inline std::string schema(Kind<Currency>) { return "currency"; }
inline std::string schema(Kind<Uuid>) { return "uuid"; }
template <class Tag>
std::string schema(Kind<Id<Tag>>) {
    return "id";
}
template <class Tag, class Number>
std::string schema(Kind<Strong<Tag, Number>>) {
    return schema(Kind<Number>{});
}

// Words that change their places change what stored numbers mean.
template <class Enum>
    requires std::is_enum_v<Enum>
std::string schema(Kind<Enum>) {
    constexpr int words_max = 64;
    std::string words = schema(Kind<std::underlying_type_t<Enum>>{});
    std::string_view last;
    for (int number = 0; number < words_max; ++number) {
        const std::string_view word = text(static_cast<Enum>(number));
        if (word != last) words += '|' + std::to_string(number) + std::string{word};
        last = word;
    }
    return words;
}

template <class Element>
std::string schema(Kind<std::vector<Element>>) {
    return "[" + schema(Kind<Element>{}) + "]";
}
template <class Element>
std::string schema(Kind<std::optional<Element>>) {
    return schema(Kind<Element>{}) + "?";
}
template <class Key, class Value, class... Rest>
std::string schema(Kind<std::unordered_map<Key, Value, Rest...>>) {
    return "{" + schema(Kind<Key>{}) + ":" + schema(Kind<Value>{}) + "}";
}

template <class Key, class Value, class... Rest>
std::string schema(Kind<std::map<Key, Value, Rest...>>) {
    return "{" + schema(Kind<Key>{}) + ":" + schema(Kind<Value>{}) + "}";
}

template <HasFields T>
std::string schema(Kind<T>) {
    std::string fields;
    const T value{};
    T::fields(value, [&fields](std::string_view name, const auto& field) {
        if (!fields.empty()) fields += ',';
        fields += std::string{name} + ':' + schema(Kind<std::remove_cvref_t<decltype(field)>>{});
    });
    return "{" + fields + "}";
}

}  // namespace detail

template <class T>
std::string fields_schema() {
    return detail::schema(detail::Kind<T>{});
}

}  // namespace sillok
