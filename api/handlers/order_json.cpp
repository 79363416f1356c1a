#include "api/handlers/order_json.hpp"

#include "aggregates/decider.hpp"
#include "api/handlers/money_json.hpp"
#include "api/handlers/unreadable_row.hpp"
#include "api/http/links.hpp"
#include "eventstore/base/rfc3339.hpp"

#include <algorithm>

namespace sillok::api {

namespace {

using OrderPhase = OrderHistory::OrderPhase;
using DeliveryPhase = OrderHistory::DeliveryPhase;

// Until the goods have arrived or come back.
bool can_be_cancelled(const OrderHistory::Row& row) {
    return (row.state == OrderPhase::placed || row.state == OrderPhase::confirmed) &&
           !delivery::has_arrived(row.delivery_state);
}

// A state that nothing has happened to yet shows as null.
template <class Phase>
Json word(Phase phase) {
    return phase == Phase::absent ? Json{} : Json(text(phase));
}

Json links_of(const OrderHistory::Row& row) {
    const auto& id = row.order.value;
    auto links = object_of({{"self", link(href("/v1/orders/", id))},
                            {"events", link(href("/v1/orders/", id, "/events"))},
                            {"saga", link(href("/v1/orders/", id, "/saga"))},
                            {"customerOrders", link(href("/v1/customers/", row.customer.value, "/orders"))}},
                           2);
    if (row.delivery_state != DeliveryPhase::absent) add(links, "delivery", link(href("/v1/deliveries/", id)));
    if (can_be_cancelled(row)) add(links, "cancel", command_link(href("/v1/orders/", id, "/cancellation"), "POST"));
    return links;
}

}  // namespace

Json json_of(const OrderHistory::Row& row, std::span<const order::Line> shown, bool late) {
    auto lines = Json::array();
    lines.get_ref<Json::array_t&>().reserve(shown.size());
    for (const auto& line : shown)
        lines.push_back(object_of({{"productId", line.product.value},
                                   {"productName", line.product_name},
                                   {"quantity", line.quantity.value},
                                   {"unitPrice", json_of(line.unit_price)}}));
    auto timeline = Json::array();
    for (const auto& entry : row.timeline)
        timeline.push_back(object_of({{"type", entry.type}, {"time", rfc3339(entry.time)}}));

    auto order = object_of({{"orderId", row.order.value},
                            {"customerId", row.customer.value},
                            {"customerName", row.customer_name},
                            {"customerAddress", row.customer_address},
                            {"lines", std::move(lines)},
                            {"lineCount", row.line_count},
                            {"total", json_of(row.total)},
                            {"state", text(row.state)},
                            {"pending", row.pending}},
                           12);
    if (late) add(order, "pendingReason", "pay-later");
    add(order, "paymentState", row.refund_refused ? Json("refundRefused") : word(row.payment_state));
    add(order, "deliveryState", word(row.delivery_state));
    if (!row.reason.empty()) add(order, "reason", row.reason);
    if (!row.detail.empty()) add(order, "detail", row.detail);
    if (!row.payment_reason.empty()) add(order, "paymentReason", row.payment_reason);
    if (row.captured.amount > 0) add(order, "captured", json_of(row.captured));
    if (row.refunded.amount > 0) add(order, "refunded", json_of(row.refunded));
    add(order, "timeline", std::move(timeline));
    if (row.timeline_left_out > 0) add(order, "timelineLeftOut", row.timeline_left_out);
    add(order, "version", row.version.value);
    add(order, "placedAt", rfc3339(row.placed_at));
    add(order, "updatedAt", rfc3339(row.updated_at));
    auto links = links_of(row);
    if (shown.size() < row.line_count) add(links, "lines", link(href("/v1/orders/", row.order.value)));
    add(order, "_links", std::move(links));
    return order;
}

Json past_json_of(const OrderHistory::Row& row, std::span<const order::Line> lines) {
    auto order = json_of(row, lines);
    order["_links"].erase("cancel");
    return order;
}

Json marked_order(Json order, const View<OrderHistory>& rows, const OrderId& id) {
    return marked_if_behind(std::move(order), rows, id.value);
}

OrderHistory::Row row_of(const OrderId& id, const order::Order::State& placed, Version version, Timestamp time) {
    const auto first = placed.lines.begin();
    const auto kept = static_cast<std::ptrdiff_t>(std::min(placed.lines.size(), OrderHistory::lines_max));
    const order::event::Placed event{
        placed.customer, placed.customer_name, placed.customer_address, {first, first + kept}, placed.total};
    auto row = OrderHistory::placed(id, event, version, {}, time);
    row.line_count = static_cast<std::uint32_t>(placed.lines.size());
    return row;
}

}  // namespace sillok::api
