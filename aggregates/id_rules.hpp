// Which ids new things may have, and in which form an id is compared. Pure.
//
// Accepted is what every client and proxy can reach by a URL: not "." and "..", because they are taken out of a path on
// its way, and "%2E" is read as "." by some. Older logs may hold such ids; is_valid() (values.hpp) still takes them.
#pragma once

#include "aggregates/values.hpp"

#include <optional>
#include <string>
#include <utility>

namespace sillok {

// What is wrong with the id of something new, as a sentence that begins with "must". Nothing: it may be used.
std::optional<std::string> flaw_of_new(const ProductId& id);
std::optional<std::string> flaw_of_new(const OrderId& id);
// REQUIRES: canonical.
std::optional<std::string> flaw_of_new(const CustomerId& id);

// What is wrong with an id that refers to something.
std::optional<std::string> flaw_of(const ProductId& id);
std::optional<std::string> flaw_of(const OrderId& id);
std::optional<std::string> flaw_of(const CustomerId& id);

// The form in which an id is compared and stored. Two e-mail addresses that differ in case or in Unicode composition
// are one customer's; every other id is compared byte for byte.
CustomerId canonical(CustomerId id);
inline ProductId canonical(ProductId id) { return id; }
inline OrderId canonical(OrderId id) { return id; }

// A decoded segment of a path as an id. A product's id may hold escapes ("A%20B"). Its link encodes them
// ("A%2520B"), and a client that sends it as it is ("A%20B", decoded to "A B") means the same.
ProductId id_of_segment(ProductId segment);
inline OrderId id_of_segment(OrderId segment) { return segment; }
inline CustomerId id_of_segment(CustomerId segment) { return canonical(std::move(segment)); }

}  // namespace sillok
