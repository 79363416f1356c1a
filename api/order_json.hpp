// An order as HTTP shows it: made from a row of the order history, or from the aggregate where there is no
// row yet. Both look the same.
#pragma once

#include "api/json.hpp"
#include "projections/order_history.hpp"

namespace sillok::api {

Json json_of(const Money& money);
Json json_of(const OrderHistory::Row& row);
std::string etag_of(const OrderHistory::Row& row);

// The row that the history will hold once it has seen the order as it is placed.
OrderHistory::Row row_of(const OrderId& id, const order::Order::State& placed, Version version, Timestamp time);

}  // namespace sillok::api
