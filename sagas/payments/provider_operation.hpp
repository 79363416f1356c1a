// One call to a payment provider and what came of it, as the provider's journal keeps it: one JSON object a line.
//
//   {"operation":"authorise","key":"UUID","orderId":"o-1","customerId":"c-1","reference":"UUID",
//    "amount":{"amount":100,"currency":"KRW"},"status":"approved"}
//   "operation": authorise, capture, void, refund, give-up (with nothing else but its key); "status": approved, or
//   declined with a "reason".
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/base/uuid.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

struct Booking {
    enum class Operation : std::uint8_t {
        authorise,
        capture,
        let_go,
        refund,
        give_up,  // no call with that key had arrived, and none that arrives is carried out: it is declined
    };

    Operation operation = Operation::authorise;
    Uuid key;
    OrderId order;
    CustomerId customer;                  // who the authorisation was for; empty where it is not said
    Money amount;                         // of letting go: what had been authorised
    std::string reference;                // of the authorisation
    std::optional<std::string> declined;  // why; nothing: it was approved
    friend bool operator==(const Booking&, const Booking&) = default;
};

// The note that a key was given up.
Booking given_up(const Uuid& key);

nlohmann::ordered_json json_of(const Booking& booking);
// The customer may be left out. The error says in a few words what is wrong.
std::expected<Booking, std::string> booking_in(const nlohmann::json& object);

// A line of the journal, without its end.
std::string line_of(const Booking& booking);
// With its customer. The error says in a few words what is wrong with the line.
std::expected<Booking, std::string> parse_booking(std::string_view line);

}  // namespace sillok
