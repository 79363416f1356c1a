// An order as HTTP shows it. The row comes from the order history, or from the aggregate while the history has no row
// yet; the JSON is the same.
#pragma once

#include "api/http/json.hpp"
#include "projections/views/order_history.hpp"

namespace sillok::api {

// `late` adds "pendingReason": "pay-later".
Json json_of(const OrderHistory::Row& row, bool late = false);

// The row that the history will have for an order that has only been placed.
OrderHistory::Row row_of(const OrderId& id, const order::Order::State& placed, Version version, Timestamp time);

}  // namespace sillok::api
