// A page of a payment provider's ledger as JSON:
//
//   {"authorisations": [{"reference", "orderId", "customerId", "currency",
//                        "authorised", "captured", "refunded", "voided"}, ...], "next": 1000}
//
// Amounts are minor units. `next` is the `after` of the next page, or null on the last one. Authorisations that the
// ledger forgets between two pages change nothing in the pages that follow.
#pragma once

#include "sagas/payment_simulator/ledger_entry.hpp"

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

struct LedgerPage {
    std::vector<LedgerAccount> accounts;
    std::optional<std::uint64_t> next;
};

// The accounts with a number above `after`. Returns an empty page if there are no more.
std::string ledger_page_json(const std::map<std::uint64_t, LedgerAccount>& ledger, std::uint64_t after,
                             std::size_t limit);
// The error is a short text for people.
std::expected<LedgerPage, std::string> parse_ledger_page(std::string_view text);

}  // namespace sillok
