// What a payment provider has booked for one authorisation, and what can be booked to it.
#pragma once

#include "aggregates/values.hpp"

#include <cstdint>
#include <expected>
#include <string>

namespace sillok {

struct LedgerEntry {
    OrderId order;
    CustomerId customer;
    Money authorised;
    std::int64_t captured = 0;  // minor units of the same currency
    std::int64_t refunded = 0;
    bool voided = false;
    friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

// The same under the provider's name for the authorisation.
struct LedgerAccount {
    std::string reference;
    LedgerEntry entry;
    friend bool operator==(const LedgerAccount&, const LedgerAccount&) = default;
};

// Each books, or changes nothing and says in a few words why it declines.
// REQUIRES: amount >= 0, in the currency of the authorisation.
std::expected<void, std::string> capture(LedgerEntry& entry, std::int64_t amount);
std::expected<void, std::string> let_go(LedgerEntry& entry);  // once more is no second time
std::expected<void, std::string> refund(LedgerEntry& entry, std::int64_t amount);

}  // namespace sillok
