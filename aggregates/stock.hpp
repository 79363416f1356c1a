// How much of a product there is, and for which orders it is reserved.
// Invariant: 0 <= reserved <= on hand; reserved is the sum of the open reservations.
//
// Memory: in proportion to the open reservations. What has left for an order is known to the order's sagas, so a
//         command that brings goods back says how many; that they come back once is for the sagas to see to.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/open_reservations.hpp"
#include "aggregates/values.hpp"

#include <string>
#include <variant>

namespace sillok::stock {

namespace event {  // stored
struct Received {
    static constexpr EventName name{"stock.received", 1};
    Quantity quantity;
    friend bool operator==(const Received&, const Received&) = default;
    static void fields(auto& self, auto&& visit) { visit("quantity", self.quantity); }
};
struct Adjusted {
    static constexpr EventName name{"stock.adjusted", 1};
    Quantity delta;  // may be negative
    std::string reason;
    friend bool operator==(const Adjusted&, const Adjusted&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("delta", self.delta);
        visit("reason", self.reason);
    }
};
struct Reserved {
    static constexpr EventName name{"stock.reserved", 1};
    OrderId order;
    Quantity quantity;
    friend bool operator==(const Reserved&, const Reserved&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("orderId", self.order);
        visit("quantity", self.quantity);
    }
};
struct Released {  // the reservation is undone: available again
    static constexpr EventName name{"stock.released", 1};
    OrderId order;
    Quantity quantity;
    friend bool operator==(const Released&, const Released&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("orderId", self.order);
        visit("quantity", self.quantity);
    }
};
struct Committed {  // the goods have left
    static constexpr EventName name{"stock.committed", 1};
    OrderId order;
    Quantity quantity;
    friend bool operator==(const Committed&, const Committed&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("orderId", self.order);
        visit("quantity", self.quantity);
    }
};
struct Returned {  // goods that had left are back on hand
    static constexpr EventName name{"stock.returned", 1};
    OrderId order;
    Quantity quantity;
    friend bool operator==(const Returned&, const Returned&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("orderId", self.order);
        visit("quantity", self.quantity);
    }
};
}  // namespace event

namespace command {
struct Receive {
    Quantity quantity;
};
struct Adjust {
    Quantity delta;
    std::string reason;
};
struct Reserve {
    OrderId order;
    Quantity quantity;
};
struct Release {
    OrderId order;
};
struct Commit {
    OrderId order;
};
struct Return {
    OrderId order;
    Quantity quantity;  // as many as have left for the order
};
}  // namespace command

struct Stock {
    using Id = ProductId;
    using Event = std::variant<event::Received, event::Adjusted, event::Reserved, event::Released, event::Committed,
                               event::Returned>;
    using Command = std::variant<command::Receive, command::Adjust, command::Reserve, command::Release, command::Commit,
                                 command::Return>;
    struct State {
        Quantity on_hand;
        Quantity reserved;
        OpenReservations reservations;
        [[nodiscard]] Quantity available() const { return on_hand - reserved; }
        friend bool operator==(const State&, const State&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("onHand", self.on_hand);
            visit("reserved", self.reserved);
            visit("reservations", self.reservations);
        }
    };
    static constexpr std::string_view category = "stock";
    static constexpr std::uint32_t state_version = 2;
    static Decision<Stock> decide(const State& state, const Command& command);
    static bool follows(const State& state, const Event& event);
    static State evolve(State state, const Event& event);
};

// Whether the invariant holds after the event, whichever order it is for.
bool follows(Quantity on_hand, Quantity reserved, const Stock::Event& event);

}  // namespace sillok::stock
