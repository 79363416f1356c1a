// A customer's order: absent -> placed (pending) -> confirmed -> completed; or rejected; or cancelling -> cancelled,
// or confirmed again if the goods arrive after all; or returned, once the goods and the money are back.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/values.hpp"

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace sillok::order {

struct Line {  // stored
    ProductId product;
    std::string product_name;  // as it was called when the order was placed
    Quantity quantity;
    Money unit_price;
    friend bool operator==(const Line&, const Line&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("productId", self.product);
        visit("productName", self.product_name);
        visit("quantity", self.quantity);
        visit("unitPrice", self.unit_price);
    }
};

namespace event {  // stored; every one names the customer, so that it can be read alone
struct Placed {
    static constexpr EventName name{"order.placed", 1};
    CustomerId customer;
    std::string customer_name;
    std::string customer_address;
    std::vector<Line> lines;
    Money total;
    friend bool operator==(const Placed&, const Placed&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("customerId", self.customer);
        visit("customerName", self.customer_name);
        visit("customerAddress", self.customer_address);
        visit("lines", self.lines);
        visit("total", self.total);
    }
};
struct Confirmed {
    static constexpr EventName name{"order.confirmed", 1};
    CustomerId customer;
    friend bool operator==(const Confirmed&, const Confirmed&) = default;
    static void fields(auto& self, auto&& visit) { visit("customerId", self.customer); }
};
struct Rejected {
    static constexpr EventName name{"order.rejected", 1};
    CustomerId customer;
    std::string reason;  // "insufficient-stock", "payment-declined" ...
    std::string detail;  // for people: which product, which decline
    friend bool operator==(const Rejected&, const Rejected&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("customerId", self.customer);
        visit("reason", self.reason);
        visit("detail", self.detail);
    }
};
struct CancellationRequested {
    static constexpr EventName name{"order.cancellationRequested", 1};
    CustomerId customer;
    std::string reason;
    friend bool operator==(const CancellationRequested&, const CancellationRequested&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("customerId", self.customer);
        visit("reason", self.reason);
    }
};
struct Cancelled {
    static constexpr EventName name{"order.cancelled", 1};
    CustomerId customer;
    friend bool operator==(const Cancelled&, const Cancelled&) = default;
    static void fields(auto& self, auto&& visit) { visit("customerId", self.customer); }
};
struct Completed {
    static constexpr EventName name{"order.completed", 1};
    CustomerId customer;
    friend bool operator==(const Completed&, const Completed&) = default;
    static void fields(auto& self, auto&& visit) { visit("customerId", self.customer); }
};
struct CancellationRefused {  // the goods have arrived: the order is confirmed again, and is completed next
    static constexpr EventName name{"order.cancellationRefused", 1};
    CustomerId customer;
    std::string reason;  // "already-delivered"
    friend bool operator==(const CancellationRefused&, const CancellationRefused&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("customerId", self.customer);
        visit("reason", self.reason);
    }
};
struct ReturnedItem {  // stored: pieces of one product, its lines summed
    ProductId product;
    Quantity quantity;
    friend bool operator==(const ReturnedItem&, const ReturnedItem&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("productId", self.product);
        visit("quantity", self.quantity);
    }
};
struct Returned {  // goods that had left are back, and so is the customer's money
    static constexpr EventName name{"order.returned", 1};
    CustomerId customer;
    std::vector<ReturnedItem> items;  // so far always all of the order
    friend bool operator==(const Returned&, const Returned&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("customerId", self.customer);
        visit("items", self.items);
    }
};
}  // namespace event

namespace command {
struct Place {
    CustomerId customer;
    std::string customer_name;
    std::string customer_address;
    std::vector<Line> lines;
};
struct Confirm {};
struct Reject {
    std::string reason;
    std::string detail;
};
struct RequestCancellation {
    std::string reason;
    bool goods_arrived = false;  // as far as the caller knows; the saga finds out if they arrive meanwhile
};
struct RefuseCancellation {};
struct Cancel {};
struct Complete {};  // from confirmed; from cancelling when the goods have arrived: the cancellation is refused
struct Return {};    // from confirmed or completed: all goods came back
}  // namespace command

struct Order {
    using Id = OrderId;
    using Event = std::variant<event::Placed, event::Confirmed, event::Rejected, event::CancellationRequested,
                               event::Cancelled, event::Completed, event::CancellationRefused, event::Returned>;
    using Command = std::variant<command::Place, command::Confirm, command::Reject, command::RequestCancellation,
                                 command::RefuseCancellation, command::Cancel, command::Complete, command::Return>;
    enum class Phase : std::uint8_t { absent, placed, confirmed, completed, rejected, cancelling, cancelled, returned };
    struct State {
        Phase phase = Phase::absent;
        CustomerId customer;
        std::string customer_name;
        std::string customer_address;
        std::vector<Line> lines;
        Money total;
        std::string reason;  // of a rejection or a cancellation
        friend bool operator==(const State&, const State&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("phase", self.phase);
            visit("customerId", self.customer);
            visit("customerName", self.customer_name);
            visit("customerAddress", self.customer_address);
            visit("lines", self.lines);
            visit("total", self.total);
            visit("reason", self.reason);
        }
    };
    static constexpr std::string_view category = "order";
    static constexpr std::uint32_t state_version = 1;
    static Decision<Order> decide(const State& state, const Command& command);
    static bool follows(const State& state, const Event& event);
    static State evolve(State state, const Event& event);
};

// Whether the event can come in that phase.
bool follows(Order::Phase phase, const Order::Event& event);

// "absent", "placed", "confirmed" ... as in JSON.
std::string_view text(Order::Phase phase);

}  // namespace sillok::order
