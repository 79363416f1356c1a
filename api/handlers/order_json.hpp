// An order as HTTP shows it: made from a row of the order history, or from the aggregate where there is no
// row yet. Both look the same.
#pragma once

#include "api/http/json.hpp"
#include "projections/views/order_history.hpp"
#include "sagas/payments/circuit_breaker.hpp"

#include <chrono>
#include <optional>

namespace sillok::api {

Json json_of(const Money& money);
// Whether an order has to wait for its payment because no call goes to the provider now, and after how long it is
// worthwhile to look again. Nothing where the breaker is closed, or the order has been paid or answered.
std::optional<std::chrono::seconds> pays_later(const OrderHistory::Row& row, const BreakerSnapshot& breaker);

// `late`: with "pendingReason": "pay-later", and an entity tag of its own.
Json json_of(const OrderHistory::Row& row, bool late = false);
std::string etag_of(const OrderHistory::Row& row, bool late = false);

// The row that the history will hold once it has seen the order as it is placed.
OrderHistory::Row row_of(const OrderId& id, const order::Order::State& placed, Version version, Timestamp time);

}  // namespace sillok::api
