// Recomputes stock and money from the log's events alone, and compares the money with the payment provider's ledger.
// Nothing here uses the aggregates' own arithmetic: a mistake there must not hide itself.
//
// Stock:  on hand = received + adjusted - committed + returned; reserved = the sum of the open reservations;
//         0 <= reserved <= on hand after every event; what is reserved for an order is what it ordered; an order that
//         has ended has nothing reserved, and a rejected or cancelled one has nothing away.
// Money:  refunded <= captured <= authorised = the order's total; a confirmed order was authorised, a completed one
//         captured; a rejected or cancelled one keeps no authorisation and no money.
// Ledger: one account for each authorisation that the log knows, in the same amounts.
// Open:   a call to the provider was intended and has no outcome yet (the saga is under way, or parked because nobody
//         answered): the provider may be ahead of the log by exactly that call. Told apart; everything else about
//         such a payment must fit. A saga that is parked for another reason is told as open, too, and excuses nothing;
//         one that merely waits (for a delivery, say) leaves nothing open.
// Memory: all orders, products and payments.
// Order:  take() every event of the log in its order, then compare() every account of the ledger, then end().
#pragma once

#include "eventstore/event.hpp"
#include "sagas/payment_simulator/ledger_entry.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace sillok {

// What does not fit. About an order, a product, or neither: an event or an account that belongs to none.
struct Difference {
    std::string order;
    std::string product;
    std::string what;
    friend bool operator==(const Difference&, const Difference&) = default;
};

struct MoneySums {  // minor units
    std::int64_t authorised = 0;
    std::int64_t captured = 0;
    std::int64_t refunded = 0;
    std::int64_t voided = 0;
    friend bool operator==(const MoneySums&, const MoneySums&) = default;
};

struct Reconciled {
    std::uint64_t events = 0;
    std::uint64_t orders = 0;
    std::uint64_t products = 0;    // that have stock
    std::uint64_t authorised = 0;  // payments, each once
    std::uint64_t captured = 0;
    std::uint64_t refunded = 0;  // wholly or in part
    std::uint64_t voided = 0;
    std::map<std::string, MoneySums> sums;  // by currency
    std::vector<Difference> open;           // payments; what is not known about each
    std::vector<Difference> differences;    // both by order, then by product

    [[nodiscard]] bool ok() const { return differences.empty(); }
};

class Reconciliation {
   public:
    Reconciliation();
    ~Reconciliation();
    Reconciliation(Reconciliation&& other) noexcept;

    void take(const Recorded& event);
    // An account of the provider's ledger.
    void compare(const LedgerAccount& account);
    // `with_ledger`: the whole ledger was compared, so what the log knows and it does not is a difference.
    [[nodiscard]] Reconciled end(bool with_ledger);

   private:
    struct Books;
    std::unique_ptr<Books> books_;
};

}  // namespace sillok
