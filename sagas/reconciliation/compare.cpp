#include "sagas/reconciliation/compare.hpp"

#include "sagas/reconciliation/payment_reader.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <tuple>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sillok::reconciliation {
namespace {

using saga::Act;

// What one comparison finds.
class Findings {
   public:
    void differs(std::string_view order, std::string_view product, std::string what) {
        found_.push_back({std::string{order}, std::string{product}, std::move(what)});
    }
    void differs(std::string_view order, std::string what) { differs(order, "", std::move(what)); }
    // The same, unless an operator has said why.
    void differs_unless(const std::string& said, std::string_view order, std::string what) {
        if (said.empty()) return differs(order, std::move(what));
        explained_.push_back({std::string{order}, "", fmt::format("{}; {}", what, said)});
    }
    [[nodiscard]] std::vector<Difference>& found() { return found_; }
    [[nodiscard]] std::vector<Difference>& explained() { return explained_; }

   private:
    std::vector<Difference> found_;
    std::vector<Difference> explained_;
};

// Orders whose payment has an account in the ledger.
using InLedger = std::unordered_set<std::string>;

// ---- the ledger

// The provider may be ahead by an open call, but by nothing else, and it is never behind.
void compare_amounts(const std::string& order, const OrderEntry& of, const LedgerEntry& entry, Findings& findings) {
    const auto& payment = of.payment;
    const auto& said = of.operator_words;
    const auto& currency = payment.amount.currency;
    const bool captured_meanwhile =
        payment.has_open(Act::capture_payment) && !payment.captured && entry.captured == payment.amount.amount;
    if (entry.captured != payment.captured_amount && !captured_meanwhile)
        findings.differs_unless(said.capture, order,
                                fmt::format("the provider captured {}, the log says {}", text(entry.captured, currency),
                                            text(payment.captured_amount, currency)));
    const bool is_undoing = payment.has_open(Act::undo_payment);
    const bool refunded_meanwhile = is_undoing && entry.refunded == payment.refunded_amount + payment.refund_requested;
    if (entry.refunded != payment.refunded_amount && !refunded_meanwhile)
        findings.differs_unless(said.undo, order,
                                fmt::format("the provider refunded {}, the log says {}", text(entry.refunded, currency),
                                            text(payment.refunded_amount, currency)));
    const bool voided_meanwhile = is_undoing && entry.voided;
    if (entry.voided != payment.voided && !voided_meanwhile)
        findings.differs_unless(said.undo, order,
                                entry.voided ? "the provider voided the authorisation, the log does not say so"
                                             : "the provider never voided the authorisation, the log says so");
}

void compare_known(const std::string& order, const OrderEntry& of, const LedgerAccount& account, InLedger& in_ledger,
                   Findings& findings) {
    const auto& payment = of.payment;
    const auto& entry = account.entry;
    if (!in_ledger.insert(order).second)
        findings.differs(order, fmt::format("the ledger has {} twice", account.reference));
    if (entry.order.value != order)
        findings.differs(order,
                         fmt::format("the provider authorised {} for order {}", account.reference, entry.order.value));
    if (entry.authorised != payment.amount)
        findings.differs(order, fmt::format("the provider authorised {}, the log says {}", text(entry.authorised),
                                            text(payment.amount)));
    compare_amounts(order, of, entry, findings);
}

// The log does not know the account's reference: the authorisation may still have no outcome.
void compare_unknown(const LogEntries& ours, const LedgerAccount& account, InLedger& in_ledger, Findings& findings) {
    const auto& entry = account.entry;
    const auto& order = entry.order.value;
    const auto found = ours.orders.find(order);
    if (found == ours.orders.end() || !found->second.payment.awaits_authorisation()) {
        findings.differs(order, fmt::format("the provider authorised {} under {}, of which the log knows nothing",
                                            text(entry.authorised), account.reference));
        return;
    }
    const auto& payment = found->second.payment;
    if (!in_ledger.insert(order).second) findings.differs(order, "the provider authorised it twice");
    if (entry.authorised != payment.amount || entry.captured != 0 || entry.refunded != 0 || entry.voided)
        findings.differs(order,
                         fmt::format("the provider has posted more or other than the {} that it was asked to authorise",
                                     text(payment.amount)));
}

InLedger compare_ledger(const LogEntries& ours, std::span<const LedgerAccount> theirs, Findings& findings) {
    InLedger in_ledger;
    for (const auto& account : theirs) {
        const auto known = ours.order_of_reference.find(account.reference);
        if (known == ours.order_of_reference.end())
            compare_unknown(ours, account, in_ledger, findings);
        else
            compare_known(known->second, ours.orders.at(known->second), account, in_ledger, findings);
    }
    return in_ledger;
}

// ---- the log

void compare_stock(const LogEntries& ours, Findings& findings) {
    const auto phase_of = [&](const std::string& order) {
        const auto found = ours.orders.find(order);
        return found == ours.orders.end() ? OrderPhase::absent : found->second.phase;
    };
    for (const auto& [product, stock] : ours.products) {
        for (const auto& [order, quantity] : stock.reserved_for)
            if (const auto phase = phase_of(order); is_ended(phase))
                findings.differs(order, product,
                                 fmt::format("{} reserved, although it is {}", quantity, order::text(phase)));
        for (const auto& [order, quantity] : stock.away)
            if (const auto phase = phase_of(order); is_undone(phase))
                findings.differs(
                    order, product,
                    fmt::format("{} have left and not come back, although it is {}", quantity, order::text(phase)));
    }
}

void compare_money(const std::string& id, const OrderEntry& order, Findings& findings) {
    const auto& payment = order.payment;
    const auto& said = order.operator_words;
    if (order.has_goods && payment.refunded_amount > 0)
        findings.differs_unless(said.refund, id,
                                fmt::format("delivered, and {} were refunded: the customer has goods and money",
                                            text(payment.refunded_amount, payment.amount.currency)));
    if (!is_undone(order.phase)) return;
    const auto phase = order::text(order.phase);
    if (payment.captured_amount > payment.refunded_amount)
        findings.differs_unless(
            said.undo, id,
            fmt::format("{}, and {} were captured and not refunded", phase,
                        text(payment.captured_amount - payment.refunded_amount, payment.amount.currency)));
    if (payment.authorised && !payment.captured && !payment.voided && !payment.written_off)
        findings.differs_unless(said.undo, id, fmt::format("{}, and its authorisation still stands", phase));
}

// `in_ledger`: nothing if there is no ledger to compare with.
std::string words_for_open(const OrderEntry& order, std::optional<bool> in_ledger) {
    const auto& payment = order.payment;
    if (!payment.is_open()) return order.parked_why;
    std::string steps;
    for (const auto& call : payment.calls) steps += (steps.empty() ? "" : ", ") + call.step;
    auto what = steps.empty() ? std::string{"the payment has no outcome yet"} : "no outcome yet of: " + steps;
    if (!payment.authorised && in_ledger)
        what += *in_ledger ? "; the provider has authorised it" : "; the provider knows nothing of it";
    return order.parked_why.empty() ? what : what + "; " + order.parked_why;
}

void count(const PaymentEntry& payment, Report& report) {
    if (!payment.authorised) return;
    auto& sums = report.sums[std::string{payment.amount.currency.text()}];
    sums.authorised += payment.amount.amount;
    sums.captured += payment.captured_amount;
    sums.refunded += payment.refunded_amount;
    if (payment.voided) sums.voided += payment.amount.amount;
    ++report.authorised;
    if (payment.captured) ++report.captured;
    if (payment.refunded_amount > 0) ++report.refunded;
    if (payment.voided) ++report.voided;
}

void sort(std::vector<Difference>& found) {
    std::ranges::sort(found, {}, [](const Difference& one) { return std::tie(one.order, one.product, one.what); });
}

}  // namespace

Report compare(const LogEntries& ours, std::optional<std::span<const LedgerAccount>> theirs) {
    Report report;
    report.events = ours.events;
    report.products = ours.products.size();
    Findings findings;
    const auto in_ledger = theirs ? std::optional{compare_ledger(ours, *theirs, findings)} : std::nullopt;
    compare_stock(ours, findings);
    for (const auto& [id, order] : ours.orders) {
        if (order.phase != OrderPhase::absent) ++report.orders;
        count(order.payment, report);
        compare_money(id, order, findings);
        const auto is_there = in_ledger ? std::optional{in_ledger->contains(id)} : std::nullopt;
        if (order.payment.is_open() || !order.parked_saga.empty())
            report.open.push_back({id, "", words_for_open(order, is_there)});
        if (order.payment.authorised && is_there == false)
            findings.differs(id, fmt::format("the log has {} authorised under {}, of which the provider knows nothing",
                                             text(order.payment.amount), order.payment.reference));
    }
    report.differences = ours.differences;
    std::ranges::move(findings.found(), std::back_inserter(report.differences));
    report.explained = ours.explained;
    std::ranges::move(findings.explained(), std::back_inserter(report.explained));
    sort(report.explained);
    sort(report.open);
    sort(report.differences);
    return report;
}

}  // namespace sillok::reconciliation
