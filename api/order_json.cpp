#include "api/order_json.hpp"

#include "api/header_values.hpp"
#include "api/links.hpp"

namespace sillok::api {

namespace {

using OrderPhase = OrderHistory::OrderPhase;
using PaymentPhase = OrderHistory::PaymentPhase;
using DeliveryPhase = OrderHistory::DeliveryPhase;

bool can_be_cancelled(const OrderHistory::Row& row) {
    return row.state == OrderPhase::placed || row.state == OrderPhase::confirmed;
}

// A state that nothing has happened to yet shows as null.
template <class Phase>
Json word(Phase phase) {
    return phase == Phase::absent ? Json{} : Json(text(phase));
}

Json links_of(const OrderHistory::Row& row) {
    const auto& id = row.order.value;
    Json links{{"self", link(href("/v1/orders/", id))},
               {"events", link(href("/v1/orders/", id, "/events"))},
               {"saga", link(href("/v1/orders/", id, "/saga"))},
               {"customerOrders", link(href("/v1/customers/", row.customer.value, "/orders"))}};
    if (row.delivery_state != DeliveryPhase::absent) links["delivery"] = link(href("/v1/deliveries/", id));
    if (can_be_cancelled(row)) links["cancel"] = command_link(href("/v1/orders/", id, "/cancellation"), "POST");
    return links;
}

}  // namespace

Json json_of(const Money& money) { return {{"amount", money.amount}, {"currency", money.currency.text()}}; }

std::optional<std::chrono::seconds> pays_later(const OrderHistory::Row& row, const BreakerSnapshot& breaker) {
    const bool unpaid = row.payment_state == PaymentPhase::absent || row.payment_state == PaymentPhase::requested ||
                        row.payment_state == PaymentPhase::unknown;
    if (breaker.state == BreakerState::closed || row.state != OrderPhase::placed || !row.pending || !unpaid)
        return std::nullopt;
    return breaker.look_again;
}

Json json_of(const OrderHistory::Row& row, bool late) {
    auto lines = Json::array();
    for (const auto& line : row.lines)
        lines.push_back({{"productId", line.product.value},
                         {"productName", line.product_name},
                         {"quantity", line.quantity.value},
                         {"unitPrice", json_of(line.unit_price)}});
    auto timeline = Json::array();
    for (const auto& happening : row.timeline)
        timeline.push_back({{"type", happening.type}, {"time", rfc3339(happening.time)}});

    Json order{{"orderId", row.order.value},        {"customerId", row.customer.value},
               {"customerName", row.customer_name}, {"customerAddress", row.customer_address},
               {"lines", std::move(lines)},         {"total", json_of(row.total)},
               {"state", text(row.state)},          {"pending", row.pending}};
    if (late) order["pendingReason"] = "pay-later";
    order["paymentState"] = word(row.payment_state);
    order["deliveryState"] = word(row.delivery_state);
    if (!row.reason.empty()) order["reason"] = row.reason;
    if (!row.detail.empty()) order["detail"] = row.detail;
    if (row.captured.amount > 0) order["captured"] = json_of(row.captured);
    if (row.refunded.amount > 0) order["refunded"] = json_of(row.refunded);
    order["timeline"] = std::move(timeline);
    order["version"] = row.version.value;
    order["placedAt"] = rfc3339(row.placed_at);
    order["updatedAt"] = rfc3339(row.updated_at);
    order["_links"] = links_of(row);
    return order;
}

std::string etag_of(const OrderHistory::Row& row, bool late) {
    const auto last = row.timeline.empty() ? row.placed : row.timeline.back().position;
    return late ? late_etag_of(row.version, last.value) : etag_of(row.version, last.value);
}

OrderHistory::Row row_of(const OrderId& id, const order::Order::State& placed, Version version, Timestamp time) {
    OrderHistory::Row row;
    row.order = id;
    row.customer = placed.customer;
    row.customer_name = placed.customer_name;
    row.customer_address = placed.customer_address;
    row.lines = placed.lines;
    row.total = placed.total;
    row.state = placed.phase;
    row.pending = true;
    row.timeline.push_back({.position = {}, .time = time, .type = std::string{order::event::Placed::name.type}});
    row.version = version;
    row.placed_at = time;
    row.updated_at = time;
    return row;
}

}  // namespace sillok::api
