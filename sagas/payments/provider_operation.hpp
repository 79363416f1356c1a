// One operation of a payment provider: a call that it has executed, or a key that it will never execute.
//
// The simulated provider's ledger file holds one JSON object a line; the same object is the data of a webhook:
//
//   {"operation":"authorise","key":"UUID","orderId":"o-1","customerId":"c-1","reference":"UUID",
//    "amount":{"amount":100,"currency":"KRW"},"status":"approved"}
//
//   "operation"  authorise, capture, void, refund, give-up (which has only a key)
//   "status"     approved, or declined with a "reason"
//   "time"       when it was posted; in the file only
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/base/timestamp.hpp"
#include "eventstore/base/uuid.hpp"

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

// Of what a provider sends, a longer reference is refused.
inline constexpr std::size_t reference_bytes_max = 255;

struct ProviderOperation {
    enum class Type : std::uint8_t {
        authorise,
        capture,
        void_,
        refund,
        give_up,  // no call with this key had arrived; a later one is declined
    };

    Type type = Type::authorise;
    Uuid key;
    OrderId order;
    CustomerId customer;                  // of the authorisation; empty where a webhook leaves it out
    Money amount;                         // of a void: the authorised amount
    std::string reference;                // of the authorisation
    std::optional<std::string> declined;  // the reason; nothing: approved
    Timestamp time{};                     // when it was posted; 0: not known
    friend bool operator==(const ProviderOperation&, const ProviderOperation&) = default;
};

// The give-up of this key.
ProviderOperation given_up(const Uuid& key);

// Without the time.
nlohmann::ordered_json json_of(const ProviderOperation& operation);
// The customer may be missing. The error is a short text for people.
std::expected<ProviderOperation, std::string> operation_in(const nlohmann::json& object);

// A line of the ledger file, without its line end.
std::string line_of(const ProviderOperation& operation);
// The customer is required, the time is not. The error is a short text for people.
std::expected<ProviderOperation, std::string> parse_operation(std::string_view line);

}  // namespace sillok
