// An order as HTTP shows it. The row comes from the order history, or from the aggregate while the history has no row
// yet; the JSON is the same.
#pragma once

#include "api/http/json.hpp"
#include "projections/engine/view.hpp"
#include "projections/views/order_history.hpp"

#include <cstddef>
#include <span>

namespace sillok::api {

// `late` adds "pendingReason": "pay-later". `lines`: the first lines of the order, or all of them. Where they are not
// all, a link says where all are.
Json json_of(const OrderHistory::Row& row, std::span<const order::Line> lines, bool late = false);
// The order as it was at a past position: nothing can be done with that.
Json past_json_of(const OrderHistory::Row& row, std::span<const order::Line> lines);
// Adds the events that its row leaves out. An order whose own stream cannot be read cannot be cancelled.
Json marked_order(Json order, const View<OrderHistory>& rows, const OrderId& id);
// A summary, with the lines that the row has.
inline Json json_of(const OrderHistory::Row& row, bool late = false) { return json_of(row, row.lines, late); }

// The response to a command shows all lines of an order that has no more.
constexpr std::size_t lines_of_a_response_max = 100;

// The row that the history will have for an order that has only been placed.
OrderHistory::Row row_of(const OrderId& id, const order::Order::State& placed, Version version, Timestamp time);

}  // namespace sillok::api
