// The messages to customers: one for every payment.authorised, order.confirmed, order.cancelled, order.rejected and
// every delivery event. This read model is the outbox from which notifications are delivered (outbox/).
//
// A message's number is its event's position: unique, ordered and the same after a rebuild. So there is exactly one
// message per event, however often the log is replayed.
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/base/clock.hpp"
#include "projections/engine/projection.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

struct Notifications {  // satisfies concept Projection; its key is the event's position, key_of()
    struct Row {        // stored
        Position sequence;
        CustomerId customer;
        OrderId order;
        std::string type;  // of the event: "order.confirmed"
        std::string text;  // for people
        Timestamp time;

        friend bool operator==(const Row&, const Row&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("sequence", self.sequence);
            visit("customerId", self.customer);
            visit("orderId", self.order);
            visit("type", self.type);
            visit("text", self.text);
            visit("time", self.time);
        }
    };

    static constexpr std::string_view name = "notifications";
    static constexpr std::uint32_t version = 2;
    static constexpr bool row_per_event = true;
    static std::optional<std::string> key(const Recorded& event);
    static std::optional<Row> project(const std::optional<Row>&, const Recorded& event);
    static std::vector<IndexEntry> indexes(const Row& row);

    static std::string key_of(Position sequence);
    // Newest first.
    static Selection of_customer(const CustomerId& customer);
};

}  // namespace sillok
