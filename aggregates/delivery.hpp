// The delivery of an order: prepared -> started -> delivered -> returned, or started -> returned.
// Cancelled before it starts: cancelled. Cancelled on its way: recalled, then cancelled when the goods are back, or
// delivered if they arrive after all.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/values.hpp"

#include <cstdint>
#include <string>
#include <variant>

namespace sillok::delivery {

namespace event {  // stored; every one names the customer, for the notification
struct Prepared {
    static constexpr EventName name{"delivery.prepared", 1};
    CustomerId customer;
    std::string address;
    friend bool operator==(const Prepared&, const Prepared&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("customerId", self.customer);
        visit("address", self.address);
    }
};
struct Started {
    static constexpr EventName name{"delivery.started", 1};
    CustomerId customer;
    std::string carrier;
    std::string tracking_number;
    friend bool operator==(const Started&, const Started&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("customerId", self.customer);
        visit("carrier", self.carrier);
        visit("trackingNumber", self.tracking_number);
    }
};
struct Completed {
    static constexpr EventName name{"delivery.completed", 1};
    CustomerId customer;
    friend bool operator==(const Completed&, const Completed&) = default;
    static void fields(auto& self, auto&& visit) { visit("customerId", self.customer); }
};
struct Recalled {  // cancelled on its way: the goods shall come back
    static constexpr EventName name{"delivery.recalled", 1};
    CustomerId customer;
    friend bool operator==(const Recalled&, const Recalled&) = default;
    static void fields(auto& self, auto&& visit) { visit("customerId", self.customer); }
};
struct Cancelled {  // before it started, or recalled and back
    static constexpr EventName name{"delivery.cancelled", 1};
    CustomerId customer;
    friend bool operator==(const Cancelled&, const Cancelled&) = default;
    static void fields(auto& self, auto&& visit) { visit("customerId", self.customer); }
};
struct Returned {
    static constexpr EventName name{"delivery.returned", 1};
    CustomerId customer;
    friend bool operator==(const Returned&, const Returned&) = default;
    static void fields(auto& self, auto&& visit) { visit("customerId", self.customer); }
};
}  // namespace event

namespace command {
struct Prepare {
    CustomerId customer;
    std::string address;
};
struct Start {
    std::string carrier;
    std::string tracking_number;
};
struct Complete {};  // of a started or recalled one
struct Cancel {};    // of a prepared one; a started one is recalled
struct Return {};    // of a started, delivered or recalled one: the goods came back
}  // namespace command

struct Delivery {
    using Id = OrderId;
    using Event = std::variant<event::Prepared, event::Started, event::Completed, event::Cancelled, event::Returned,
                               event::Recalled>;
    using Command = std::variant<command::Prepare, command::Start, command::Complete, command::Cancel, command::Return>;
    enum class Phase : std::uint8_t { absent, prepared, started, delivered, cancelled, returned, recalled };
    struct State {
        Phase phase = Phase::absent;
        CustomerId customer;
        std::string carrier;
        std::string tracking_number;
        friend bool operator==(const State&, const State&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("phase", self.phase);
            visit("customerId", self.customer);
            visit("carrier", self.carrier);
            visit("trackingNumber", self.tracking_number);
        }
    };
    static constexpr std::string_view category = "delivery";
    static constexpr std::uint32_t state_version = 1;
    static Decision<Delivery> decide(const State& state, const Command& command);
    static bool follows(const State& state, const Event& event);
    static State evolve(State state, const Event& event);
};

// Whether the goods have reached the customer, who may have sent them back. The order cannot be cancelled any more.
constexpr bool has_arrived(Delivery::Phase phase) {
    return phase == Delivery::Phase::delivered || phase == Delivery::Phase::returned;
}

// Whether the event can come in that phase.
bool follows(Delivery::Phase phase, const Delivery::Event& event);

std::string_view text(Delivery::Phase phase);

}  // namespace sillok::delivery
