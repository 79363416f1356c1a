// One authorisation in a payment provider's ledger, and the rules for capture, void and refund.
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

// An entry with the provider's name for the authorisation.
struct LedgerAccount {
    std::string reference;
    LedgerEntry entry;
    friend bool operator==(const LedgerAccount&, const LedgerAccount&) = default;
};

// Whether it can still be captured.
bool is_open(const LedgerEntry& entry);

// Each changes the entry, or changes nothing and returns the reason for declining.
// REQUIRES: amount >= 0, in the currency of the authorisation.
std::expected<void, std::string> capture(LedgerEntry& entry, std::int64_t amount);
std::expected<void, std::string> void_authorisation(LedgerEntry& entry);  // approved also the second time
std::expected<void, std::string> refund(LedgerEntry& entry, std::int64_t amount);

}  // namespace sillok
