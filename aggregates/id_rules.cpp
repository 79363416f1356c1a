#include "aggregates/id_rules.hpp"

#include "aggregates/email_address.hpp"
#include "aggregates/unicode_text.hpp"
#include "eventstore/base/parse_number.hpp"

#include <cstdint>
#include <string_view>

namespace sillok {

namespace {

using Flaw = std::optional<std::string>;

constexpr std::string_view alphabet = "must be 1 to 64 characters of A-Z a-z 0-9 . _ ~ -";

bool is_dot_segment(std::string_view text) { return text == "." || text == ".."; }

Flaw too_long(std::string_view text) {
    if (text.size() <= id_length_max) return std::nullopt;
    return "must have at most " + std::to_string(id_length_max) + " characters, not " + std::to_string(text.size());
}

Flaw dot_segment() { return "must not be \".\" or \"..\": clients and proxies take them out of a path"; }

constexpr std::string_view hex_digits = "0123456789ABCDEF";

// Whether an escape begins at `at`.
bool is_escape(std::string_view text, std::size_t at) {
    return text[at] == '%' && at + 2 < text.size() && parse_number<std::uint8_t>(text.substr(at + 1, 2), 16);
}

// Escapes have one form: upper-case digits, and only for what cannot stand for itself.
Flaw flaw_of_escapes(std::string_view text) {
    for (auto at = text.find('%'); at != std::string_view::npos; at = text.find('%', at + 1)) {
        const auto digits = text.substr(at + 1, 2);
        const auto byte = parse_number<std::uint8_t>(digits, 16).value_or(0);
        if (is_unreserved(static_cast<char>(byte)))
            return "must not hold %" + std::string{digits} + ": write '" + static_cast<char>(byte) + "' for it";
        if (digits[0] != hex_digits[byte >> 4] || digits[1] != hex_digits[byte & 15])
            return "must have upper-case digits in %" + std::string{digits};
    }
    return std::nullopt;
}

}  // namespace

Flaw flaw_of(const ProductId& id) {
    if (is_valid(id)) return std::nullopt;
    if (auto flaw = too_long(id.value)) return flaw;
    return std::string{alphabet} + ", or % and two hexadecimal digits";
}

Flaw flaw_of(const OrderId& id) {
    if (is_valid(id)) return std::nullopt;
    if (auto flaw = too_long(id.value)) return flaw;
    return std::string{alphabet};
}

Flaw flaw_of(const CustomerId& id) {
    if (is_valid(id)) return std::nullopt;
    if (id.value.contains('@')) return flaw_of_address(id.value);
    if (auto flaw = too_long(id.value)) return flaw;
    return std::string{alphabet} + ", or an e-mail address";
}

Flaw flaw_of_new(const ProductId& id) {
    if (auto flaw = flaw_of(id)) return flaw;
    if (is_dot_segment(id.value)) return dot_segment();
    return flaw_of_escapes(id.value);
}

Flaw flaw_of_new(const OrderId& id) {
    if (auto flaw = flaw_of(id)) return flaw;
    return is_dot_segment(id.value) ? dot_segment() : std::nullopt;
}

Flaw flaw_of_new(const CustomerId& id) {
    if (id.value.contains('@')) return flaw_of_address(id.value);
    if (auto flaw = flaw_of(id)) return flaw;
    return is_dot_segment(id.value) ? dot_segment() : std::nullopt;
}

CustomerId canonical(CustomerId id) {
    if (!id.value.contains('@')) return id;
    if (auto form = caseless(id.value)) id.value = std::move(*form);
    return id;
}

ProductId id_of_segment(ProductId segment) {
    if (is_valid(segment)) return segment;
    std::string escaped;
    for (std::size_t at = 0; at < segment.value.size(); ++at) {
        const char c = segment.value[at];
        if (is_unreserved(c) || is_escape(segment.value, at)) {
            escaped += c;
            continue;
        }
        const auto byte = static_cast<unsigned char>(c);
        escaped += {'%', hex_digits[byte >> 4], hex_digits[byte & 15]};
    }
    return ProductId{std::move(escaped)};
}

}  // namespace sillok
