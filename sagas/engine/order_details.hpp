// The part of an order that a saga needs.
#pragma once

#include "aggregates/saga_events.hpp"
#include "aggregates/values.hpp"

#include <string>
#include <vector>

namespace sillok::saga {

struct OrderDetails {
    CustomerId customer;
    std::string address;
    Money amount;
    std::vector<Item> items;  // each product once
    friend bool operator==(const OrderDetails&, const OrderDetails&) = default;
};

// Returns each product once with its total quantity, in the order of the lines.
std::vector<Item> summed(const std::vector<Item>& lines);

}  // namespace sillok::saga
