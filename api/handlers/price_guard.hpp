// The amounts of an order before it is placed: whether its total can be counted, and whether its prices are those that
// the customer expects. Pure.
#pragma once

#include "aggregates/order.hpp"
#include "api/handlers/order_form.hpp"
#include "api/http/problem.hpp"

#include <optional>
#include <vector>

namespace sillok::api {

// Returns what is wrong, with the member of the body: amount-overflow, currency-mismatch or price-changed.
// REQUIRES: one priced line for each line of the form, and at least one.
std::optional<Problem> wrong_amounts(const OrderForm& form, const std::vector<order::Line>& priced);

}  // namespace sillok::api
