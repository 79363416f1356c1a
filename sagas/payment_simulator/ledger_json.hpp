// A payment provider's ledger as JSON, a page at a time:
//
//   {"authorisations": [{"reference", "orderId", "customerId", "currency",
//                        "authorised", "captured", "refunded", "voided"}, ...], "next": 1000}
//
// Amounts are minor units. `next` says after how many authorisations the next page begins; null: there is none.
#pragma once

#include "sagas/payment_simulator/ledger_entry.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

struct LedgerPage {
    std::vector<LedgerAccount> accounts;
    std::optional<std::uint64_t> next;
};

// The page after so many authorisations; an empty one behind the end.
std::string ledger_page_json(const std::deque<LedgerAccount>& ledger, std::uint64_t after, std::size_t limit);
// The error says in a few words what is wrong.
std::expected<LedgerPage, std::string> parse_ledger_page(std::string_view text);

}  // namespace sillok
