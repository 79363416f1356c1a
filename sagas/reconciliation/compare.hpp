// Compares the entries of the log with each other and with the payment provider's ledger.
//
// Stock:  an order that has ended has nothing reserved; a rejected or cancelled one has nothing away.
// Money:  a rejected or cancelled order keeps no authorisation and no money.
// Ledger: one account for each authorisation that the log knows, with the same amounts.
// Open:   a call without an outcome: the saga is running, or parked without a response. The provider may be ahead of
//         the log by exactly that call, and the payment is reported as open. A saga that is parked for another reason
//         is reported as open, too, but excuses no difference. A saga that waits for an event leaves nothing open.
#pragma once

#include "sagas/payment_simulator/ledger_entry.hpp"
#include "sagas/reconciliation/log_entries.hpp"
#include "sagas/reconciliation/report.hpp"

#include <optional>
#include <span>

namespace sillok::reconciliation {

// Pure. Without `theirs` the ledger is not compared; an empty ledger is one without accounts.
Report compare(const LogEntries& ours, std::optional<std::span<const LedgerAccount>> theirs);

}  // namespace sillok::reconciliation
