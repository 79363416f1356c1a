// The domain's small values: ids, quantities, money. Stored inside events: widths and order of fields never change.
#pragma once

#include "eventstore/base/strong.hpp"

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

namespace sillok {

// Chosen by the caller: 1-64 characters of [A-Za-z0-9._~-]. A product's id may also hold '%XX', a customer's may be an
// e-mail address. id_rules.hpp says which ids new things may have.
template <class Tag>
struct Id {
    std::string value;
    friend auto operator<=>(const Id&, const Id&) = default;
};
using ProductId = Id<struct ProductIdTag>;
using OrderId = Id<struct OrderIdTag>;
using CustomerId = Id<struct CustomerIdTag>;

constexpr std::size_t id_length_max = 64;
// Whether something may have this id, perhaps in a log of an older program.
bool is_valid(const ProductId& id);
bool is_valid(const OrderId& id);
bool is_valid(const CustomerId& id);

// What RFC 3986 calls unreserved: it stands in a URL as it is.
constexpr bool is_unreserved(char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' ||
           c == '~' || c == '-';
}

// An id as the last part of its stream's name. A customer's id may hold what a stream's name may not: those bytes are
// escaped, and where the name would be too long, the id's SHA-256 stands for it ("%s" and 64 digits).
template <class Tag>
const std::string& in_stream_name(const Id<Tag>& id) {
    return id.value;
}
std::string in_stream_name(const CustomerId& id);

// Pieces. Signed, so that a result can be checked after it was computed; commands take 1 ... quantity_max.
struct Quantity {
    std::int64_t value = 0;
    friend constexpr auto operator<=>(Quantity, Quantity) = default;
    friend constexpr Quantity operator+(Quantity a, Quantity b) { return {a.value + b.value}; }
    friend constexpr Quantity operator-(Quantity a, Quantity b) { return {a.value - b.value}; }
    constexpr Quantity& operator+=(Quantity other) {
        value += other.value;
        return *this;
    }
    constexpr Quantity& operator-=(Quantity other) {
        value -= other.value;
        return *this;
    }
};
constexpr std::int64_t quantity_max = 2'147'483'647;  // 2^31 - 1, of one command
constexpr bool is_valid(Quantity pieces) { return pieces.value >= 1 && pieces.value <= quantity_max; }

// ISO 4217, three capital letters.
struct Currency {
    std::array<char, 3> letters{'X', 'X', 'X'};
    [[nodiscard]] std::string_view text() const { return {letters.data(), letters.size()}; }
    friend constexpr auto operator<=>(const Currency&, const Currency&) = default;
};
bool is_valid(const Currency& currency);  // an active currency of ISO 4217

// Minor units: {10000, KRW} is 10,000 won, {255, GBP} is 2.55 pounds.
struct Money {
    std::int64_t amount = 0;
    Currency currency;
    friend constexpr auto operator<=>(const Money&, const Money&) = default;

    static void fields(auto& self, auto&& visit) {
        visit("amount", self.amount);
        visit("currency", self.currency);
    }
};
constexpr std::int64_t price_max = 1'000'000'000'000;  // minor units of one piece
// Of an order: 2^53 - 1, the largest number that every reader of JSON takes exactly (RFC 8259, section 6).
constexpr std::int64_t total_max = (std::int64_t{1} << 53) - 1;

}  // namespace sillok

template <class Tag>
struct std::hash<sillok::Id<Tag>> {
    std::size_t operator()(const sillok::Id<Tag>& id) const noexcept { return std::hash<std::string>{}(id.value); }
};
