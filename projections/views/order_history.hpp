// Every order with its first lines, payment, delivery and timeline. A customer's page of orders is one read of it. Rows
// are bounded, however many lines an order has and however often its payment was tried.
#pragma once

#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "projections/engine/projection.hpp"
#include "projections/views/timeline.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

struct OrderHistory {  // satisfies concept Projection; its key is the order id
    using OrderPhase = order::Order::Phase;
    using PaymentPhase = payment::Payment::Phase;
    using DeliveryPhase = delivery::Delivery::Phase;

    struct Row {  // stored
        OrderId order;
        CustomerId customer;
        std::string customer_name;
        std::string customer_address;
        std::vector<order::Line> lines;  // the first ones: lines_max
        std::uint32_t line_count = 0;    // of all; order.placed has them
        Money total;
        OrderPhase state = OrderPhase::absent;
        PaymentPhase payment_state = PaymentPhase::absent;
        DeliveryPhase delivery_state = DeliveryPhase::absent;
        bool pending = false;        // placed, cancelling, or its goods are back and its money is not
        std::string reason;          // of a rejection, a cancellation, or why a cancellation was refused
        std::string detail;          // the same for people
        std::string payment_reason;  // of a refused capture or refund, or of writing it off
        Money requested;             // of the payment
        Money captured;
        Money refunded;
        Money refund_asked;           // 0: no refund in progress
        bool refund_refused = false;  // the last one, by the provider
        // Events of the order, its payment and its delivery: the first ones and the last ones, timeline_max together.
        std::vector<TimelineEntry> timeline;
        std::uint32_t timeline_left_out = 0;  // between them
        Version version;                      // of the order's stream: the ETag
        Position placed;
        Timestamp placed_at;
        Timestamp updated_at;

        friend bool operator==(const Row&, const Row&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("orderId", self.order);
            visit("customerId", self.customer);
            visit("customerName", self.customer_name);
            visit("customerAddress", self.customer_address);
            visit("lines", self.lines);
            visit("lineCount", self.line_count);
            visit("total", self.total);
            visit("state", self.state);
            visit("paymentState", self.payment_state);
            visit("deliveryState", self.delivery_state);
            visit("pending", self.pending);
            visit("reason", self.reason);
            visit("detail", self.detail);
            visit("paymentReason", self.payment_reason);
            visit("requested", self.requested);
            visit("captured", self.captured);
            visit("refunded", self.refunded);
            visit("refundAsked", self.refund_asked);
            visit("refundRefused", self.refund_refused);
            visit("timeline", self.timeline);
            visit("timelineLeftOut", self.timeline_left_out);
            visit("version", self.version);
            visit("placed", self.placed);
            visit("placedAt", self.placed_at);
            visit("updatedAt", self.updated_at);
        }
    };

    static constexpr std::size_t lines_max = 10;
    static constexpr std::size_t timeline_max = 40;

    static constexpr std::string_view name = "order_history";
    static constexpr std::uint32_t version = 6;
    static std::optional<std::string> key(const Recorded& event);
    static std::optional<Row> project(std::optional<Row> row, const Recorded& event);
    static std::vector<IndexEntry> indexes(const Row& row);
    static std::vector<std::string> streams(std::string_view key);

    // The row right after order.placed. Position 0: not in the log yet, as in the response to POST /v1/orders.
    static Row placed(const OrderId& order, const order::event::Placed& event, Version order_version, Position position,
                      Timestamp time);

    // Refunded <= captured <= total.
    static std::optional<std::string> invariant_violation(const Row& row);

    // Newest first.
    static Selection all();
    static Selection in_state(OrderPhase state);
    static Selection of_customer(const CustomerId& customer, std::optional<OrderPhase> state = {});
};

}  // namespace sillok
