#include "sagas/payment_simulator/ledger_entry.hpp"

namespace sillok {

bool is_open(const LedgerEntry& entry) { return !entry.voided && entry.captured < entry.authorised.amount; }

std::expected<void, std::string> capture(LedgerEntry& entry, std::int64_t amount) {
    if (entry.voided) return std::unexpected("the authorisation has been voided");
    if (amount > entry.authorised.amount - entry.captured) return std::unexpected("more than was authorised");
    entry.captured += amount;
    return {};
}

std::expected<void, std::string> void_authorisation(LedgerEntry& entry) {
    if (entry.captured > 0) return std::unexpected("captured already");
    entry.voided = true;
    return {};
}

std::expected<void, std::string> refund(LedgerEntry& entry, std::int64_t amount) {
    if (amount > entry.captured - entry.refunded) return std::unexpected("more than was captured");
    entry.refunded += amount;
    return {};
}

}  // namespace sillok
