// Parcels: a family of events with a past, as docs/schema-evolution.md tells it.
#pragma once

#include "aggregates/decider.hpp"
#include "aggregates/event_history.hpp"
#include "aggregates/values.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace sillok::parcel {

namespace event {  // stored
struct SentV1 {
    static constexpr EventName name{"parcel.sent", 1};
    std::string recipient;
    std::int32_t kilograms = 0;
    static void fields(auto& self, auto&& visit) {
        visit("recipient", self.recipient);
        visit("kilograms", self.kilograms);
    }
};

struct SentV2 {
    static constexpr EventName name{"parcel.sent", 2};
    using Before = SentV1;
    static SentV2 upcast(SentV1 before) {
        return {std::move(before.recipient), std::int64_t{before.kilograms} * 1'000};
    }
    std::string recipient;
    std::int64_t grams = 0;  // letters weigh less than a kilogram
    static void fields(auto& self, auto&& visit) {
        visit("recipient", self.recipient);
        visit("grams", self.grams);
    }
};

struct Sent {
    static constexpr EventName name{"parcel.sent", 3};
    using Before = SentV2;
    static Sent upcast(SentV2 before) { return {std::move(before.recipient), before.grams, false}; }
    std::string recipient;
    std::int64_t grams = 0;
    bool express = false;  // nobody could ask for it before
    friend bool operator==(const Sent&, const Sent&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("recipient", self.recipient);
        visit("grams", self.grams);
        visit("express", self.express);
    }
};

struct Arrived {
    static constexpr EventName name{"parcel.arrived", 1};
    friend bool operator==(const Arrived&, const Arrived&) = default;
    static void fields(auto&, auto&&) {}
};
}  // namespace event

namespace command {
struct Arrive {};
}  // namespace command

struct Parcel {
    using Id = sillok::Id<struct ParcelIdTag>;
    using Event = std::variant<event::Sent, event::Arrived>;
    using Command = std::variant<command::Arrive>;
    struct State {
        std::int64_t grams = 0;
        std::int64_t express_grams = 0;
        std::int64_t arrivals = 0;
        friend bool operator==(const State&, const State&) = default;
        static void fields(auto& self, auto&& visit) {
            visit("grams", self.grams);
            visit("expressGrams", self.express_grams);
            visit("arrivals", self.arrivals);
        }
    };
    static constexpr std::string_view category = "parcel";
    static constexpr std::uint32_t state_version = 1;

    static Decision<Parcel> decide(const State&, const Command&) { return happened<Parcel>(event::Arrived{}); }

    static bool follows(const State&, const Event&) { return true; }
    static State evolve(State state, const Event& event) {
        if (const auto* sent = std::get_if<event::Sent>(&event)) {
            state.grams += sent->grams;
            if (sent->express) state.express_grams += sent->grams;
        } else {
            ++state.arrivals;
        }
        return state;
    }
};

}  // namespace sillok::parcel
