// Every delivery with its state and its history: the seller's work list, oldest first.
#pragma once

#include "aggregates/delivery.hpp"
#include "projections/engine/projection.hpp"
#include "projections/views/timeline.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

struct DeliveryStatus {  // satisfies concept Projection; its key is the order id
    using Phase = delivery::Delivery::Phase;

    struct Row {  // stored
        OrderId order;
        CustomerId customer;
        std::string address;
        Phase state = Phase::absent;
        std::string carrier;
        std::string tracking_number;
        std::vector<TimelineEntry> history;
        Version version;    // of the delivery's stream: the ETag
        Position prepared;  // the first event of the delivery
        Timestamp updated_at;

        friend bool operator==(const Row&, const Row&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("orderId", self.order);
            visit("customerId", self.customer);
            visit("address", self.address);
            visit("state", self.state);
            visit("carrier", self.carrier);
            visit("trackingNumber", self.tracking_number);
            visit("history", self.history);
            visit("version", self.version);
            visit("prepared", self.prepared);
            visit("updatedAt", self.updated_at);
        }
    };

    static constexpr std::string_view name = "delivery_status";
    static constexpr std::uint32_t version = 1;
    static std::optional<std::string> key(const Recorded& event);
    static std::optional<Row> project(std::optional<Row> row, const Recorded& event);
    static std::vector<IndexEntry> indexes(const Row& row);
    static std::vector<std::string> streams(std::string_view key);

    // Oldest first.
    static Selection all();
    static Selection in_state(Phase state);
};

}  // namespace sillok
