#include "sagas/reconciliation/reconciliation.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/saga_events.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/stream_name.hpp"
#include "sagas/all_sagas.hpp"
#include "sagas/engine/order_details.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <optional>
#include <string_view>
#include <tuple>
#include <unordered_map>
#include <utility>
#include <variant>

namespace sillok {
namespace {

using Phase = order::Order::Phase;
using saga::Act;

struct StockBooks {
    std::int64_t on_hand = 0;
    std::int64_t reserved = 0;
    std::unordered_map<std::string, std::int64_t> open;  // reservations by order
    std::unordered_map<std::string, std::int64_t> away;  // committed for an order and not returned
    bool out_of_bounds = false;                          // told already
};

// A call to the provider without an outcome.
struct Asked {
    Uuid command_id;
    Act act;
    std::string step;
};

struct PaymentBooks {
    bool requested = false;
    bool authorised = false;
    bool declined = false;
    bool captured = false;
    bool voided = false;
    Money amount;  // requested
    std::int64_t captured_amount = 0;
    std::int64_t refunded_amount = 0;
    std::int64_t refund_asked = 0;
    std::string reference;
    std::vector<Asked> asked;
    bool in_ledger = false;

    [[nodiscard]] bool is_open() const { return !asked.empty() || (requested && !authorised && !declined); }
    [[nodiscard]] bool is_asked(Act act) const { return std::ranges::find(asked, act, &Asked::act) != asked.end(); }
};

struct OrderBooks {
    Phase phase = Phase::absent;
    Money total;
    std::vector<saga::Item> items;
    std::size_t reserved = 0;  // so many products are reserved for it or have left
    PaymentBooks payment;
    std::string parked_saga;  // empty: none
    std::string parked_why;
};

bool is_undone(Phase phase) { return phase == Phase::rejected || phase == Phase::cancelled; }
bool is_ended(Phase phase) { return is_undone(phase) || phase == Phase::completed; }

std::string text(std::int64_t amount, const Currency& currency) {
    return fmt::format("{} {}", amount, currency.text());
}
std::string text(const Money& money) { return text(money.amount, money.currency); }

void sort(std::vector<Difference>& found) {
    std::ranges::sort(found, {}, [](const Difference& one) { return std::tie(one.order, one.product, one.what); });
}

std::string what_is_open(const OrderBooks& order, bool with_ledger) {
    const auto& payment = order.payment;
    if (!payment.is_open()) return order.parked_why;
    std::string steps;
    for (const auto& asked : payment.asked) steps += (steps.empty() ? "" : ", ") + asked.step;
    auto what = steps.empty() ? std::string{"the payment has no outcome yet"} : "no outcome yet of: " + steps;
    if (!payment.authorised && with_ledger)
        what += payment.in_ledger ? "; the provider has authorised it" : "; the provider knows nothing of it";
    return order.parked_why.empty() ? what : what + "; " + order.parked_why;
}

}  // namespace

struct Reconciliation::Books {
    Reconciled result;
    std::unordered_map<std::string, OrderBooks> orders;
    std::unordered_map<std::string, StockBooks> products;
    std::unordered_map<std::string, std::string> order_of_reference;
    Position at;  // of the event that is being taken

    void take(const Recorded& recorded);
    void compare(const LedgerAccount& account);
    void end(bool with_ledger);

    void differs(std::string_view order, std::string_view product, std::string what) {
        result.differences.push_back({std::string{order}, std::string{product}, std::move(what)});
    }
    // The same about the event that is being taken.
    void unfit(std::string_view order, std::string_view product, const std::string& what) {
        differs(order, product, fmt::format("position {}: {}", at.value, what));
    }

   private:
    template <class Event, class Take>
    void decoded(const Recorded& recorded, Take&& take_one);

    void on_stock(const std::string& product, const stock::event::Received& event);
    void on_stock(const std::string& product, const stock::event::Adjusted& event);
    void on_stock(const std::string& product, const stock::event::Reserved& event);
    void on_stock(const std::string& product, const stock::event::Released& event);
    void on_stock(const std::string& product, const stock::event::Committed& event);
    void on_stock(const std::string& product, const stock::event::Returned& event);
    void check_bounds(const std::string& product, StockBooks& stock);
    // Takes out what stands there for the order; tells where it is another quantity, or nothing.
    void settle(std::unordered_map<std::string, std::int64_t>& from, const std::string& product, const OrderId& order,
                Quantity quantity, std::string_view what);

    void on_order(const std::string& id, const order::event::Placed& event);
    void on_order(const std::string& id, const order::event::Confirmed& event);
    void on_order(const std::string& id, const order::event::Rejected&) { enter(id, Phase::rejected); }
    void on_order(const std::string& id, const order::event::CancellationRequested&) { enter(id, Phase::cancelling); }
    void on_order(const std::string& id, const order::event::Cancelled&) { enter(id, Phase::cancelled); }
    void on_order(const std::string& id, const order::event::Completed& event);
    void enter(const std::string& id, Phase phase);

    void on_payment(const std::string& id, const payment::event::Requested& event);
    void on_payment(const std::string& id, const payment::event::Authorised& event);
    void on_payment(const std::string& id, const payment::event::Declined& event);
    void on_payment(const std::string&, const payment::event::OutcomeUnknown&) {}
    void on_payment(const std::string&, const payment::event::OutcomeResolved&) {}
    void on_payment(const std::string& id, const payment::event::Captured& event);
    void on_payment(const std::string& id, const payment::event::Voided& event);
    void on_payment(const std::string& id, const payment::event::RefundRequested& event);
    void on_payment(const std::string& id, const payment::event::Refunded& event);
    void on_payment(const std::string& id, const payment::event::RefundFailed& event);

    void on_journal(std::string_view stream, const saga::Event& event);
    void goes_on(const std::string& id, std::string_view saga);

    void compare_amounts(const std::string& order, const PaymentBooks& payment, const LedgerEntry& entry);
    void compare_unknown(const LedgerAccount& account);
    void end_stock();
    void end_order(const std::string& id, const OrderBooks& order, bool with_ledger);
    void count(const PaymentBooks& payment);
};

template <class Event, class Take>
void Reconciliation::Books::decoded(const Recorded& recorded, Take&& take_one) {
    if (const auto event = decode<Event>(recorded))
        take_one(*event);
    else
        unfit("", "", event.error().what);
}

void Reconciliation::Books::take(const Recorded& recorded) {
    ++result.events;
    at = recorded.position;
    const std::string id{id_of(recorded.stream)};
    if (is_event_of<stock::Stock::Event>(recorded.type))
        decoded<stock::Stock::Event>(recorded, [&](const auto& event) {
            std::visit([&](const auto& one) { on_stock(id, one); }, event);
            check_bounds(id, products[id]);
        });
    else if (is_event_of<order::Order::Event>(recorded.type))
        decoded<order::Order::Event>(
            recorded, [&](const auto& event) { std::visit([&](const auto& one) { on_order(id, one); }, event); });
    else if (is_event_of<payment::Payment::Event>(recorded.type))
        decoded<payment::Payment::Event>(
            recorded, [&](const auto& event) { std::visit([&](const auto& one) { on_payment(id, one); }, event); });
    else if (is_event_of<saga::Event>(recorded.type))
        decoded<saga::Event>(recorded, [&](const auto& event) { on_journal(recorded.stream, event); });
}

// ---- stock

void Reconciliation::Books::check_bounds(const std::string& product, StockBooks& stock) {
    const bool within = 0 <= stock.reserved && stock.reserved <= stock.on_hand;
    if (!within && !stock.out_of_bounds)
        unfit("", product, fmt::format("{} reserved of {} on hand", stock.reserved, stock.on_hand));
    stock.out_of_bounds = !within;
}

void Reconciliation::Books::settle(std::unordered_map<std::string, std::int64_t>& from, const std::string& product,
                                   const OrderId& order, Quantity quantity, std::string_view what) {
    const auto found = from.find(order.value);
    const auto there = found == from.end() ? 0 : found->second;
    if (there != quantity.value)
        unfit(order.value, product, fmt::format("{} {} where it is {}", quantity.value, what, there));
    if (found != from.end()) from.erase(found);
}

void Reconciliation::Books::on_stock(const std::string& product, const stock::event::Received& event) {
    products[product].on_hand += event.quantity.value;
}
void Reconciliation::Books::on_stock(const std::string& product, const stock::event::Adjusted& event) {
    products[product].on_hand += event.delta.value;
}
void Reconciliation::Books::on_stock(const std::string& product, const stock::event::Reserved& event) {
    auto& stock = products[product];
    auto& order = orders[event.order.value];
    stock.reserved += event.quantity.value;
    ++order.reserved;
    if (!stock.open.emplace(event.order.value, event.quantity.value).second)
        unfit(event.order.value, product, "reserved a second time");
    if (order.phase == Phase::absent) {
        unfit(event.order.value, product, "reserved for an order that is not there");
        return;
    }
    const auto ordered = std::ranges::find(order.items, ProductId{product}, &saga::Item::product);
    const auto wanted = ordered == order.items.end() ? 0 : ordered->quantity.value;
    if (wanted != event.quantity.value)
        unfit(event.order.value, product, fmt::format("{} reserved of {} ordered", event.quantity.value, wanted));
}
void Reconciliation::Books::on_stock(const std::string& product, const stock::event::Released& event) {
    auto& stock = products[product];
    settle(stock.open, product, event.order, event.quantity, "released");
    stock.reserved -= event.quantity.value;
    --orders[event.order.value].reserved;
}
void Reconciliation::Books::on_stock(const std::string& product, const stock::event::Committed& event) {
    auto& stock = products[product];
    settle(stock.open, product, event.order, event.quantity, "committed");
    stock.reserved -= event.quantity.value;
    stock.on_hand -= event.quantity.value;
    stock.away[event.order.value] += event.quantity.value;
}
void Reconciliation::Books::on_stock(const std::string& product, const stock::event::Returned& event) {
    auto& stock = products[product];
    settle(stock.away, product, event.order, event.quantity, "returned");
    stock.on_hand += event.quantity.value;
    --orders[event.order.value].reserved;
}

// ---- orders

void Reconciliation::Books::on_order(const std::string& id, const order::event::Placed& event) {
    auto& order = orders[id];
    if (order.phase != Phase::absent) unfit(id, "", "placed a second time");
    order.phase = Phase::placed;
    order.total = event.total;
    std::vector<saga::Item> lines;
    lines.reserve(event.lines.size());
    for (const auto& line : event.lines) lines.push_back({line.product, line.quantity});
    order.items = saga::summed(lines);
}

void Reconciliation::Books::enter(const std::string& id, Phase phase) {
    auto& order = orders[id];
    if (order.phase == Phase::absent) unfit(id, "", "an order that was never placed");
    if (is_ended(order.phase))
        unfit(id, "", fmt::format("{} after it was {}", order::text(phase), order::text(order.phase)));
    order.phase = phase;
}

void Reconciliation::Books::on_order(const std::string& id, const order::event::Confirmed&) {
    enter(id, Phase::confirmed);
    const auto& order = orders[id];
    if (order.reserved != order.items.size())
        unfit(id, "", fmt::format("confirmed with {} of {} products reserved", order.reserved, order.items.size()));
    if (!order.payment.authorised) unfit(id, "", "confirmed without a payment that was authorised");
}

void Reconciliation::Books::on_order(const std::string& id, const order::event::Completed&) {
    enter(id, Phase::completed);
    if (!orders[id].payment.captured) unfit(id, "", "completed without a payment that was captured");
}

// ---- payments

void Reconciliation::Books::on_payment(const std::string& id, const payment::event::Requested& event) {
    auto& order = orders[id];
    if (order.phase == Phase::absent) unfit(id, "", "a payment for an order that is not there");
    if (order.payment.requested) unfit(id, "", "a payment requested a second time");
    if (event.amount != order.total)
        unfit(id, "", fmt::format("a payment of {} for an order of {}", text(event.amount), text(order.total)));
    order.payment.requested = true;
    order.payment.amount = event.amount;
}

void Reconciliation::Books::on_payment(const std::string& id, const payment::event::Authorised& event) {
    auto& payment = orders[id].payment;
    if (payment.authorised || payment.declined) unfit(id, "", "authorised after the payment had an outcome");
    if (!payment.requested || event.amount != payment.amount)
        unfit(id, "", fmt::format("{} authorised of {} requested", text(event.amount), text(payment.amount)));
    if (!order_of_reference.emplace(event.reference, id).second)
        unfit(id, "", fmt::format("the reference {} of another authorisation", event.reference));
    payment.authorised = true;
    payment.reference = event.reference;
}

void Reconciliation::Books::on_payment(const std::string& id, const payment::event::Declined&) {
    auto& payment = orders[id].payment;
    if (payment.authorised) unfit(id, "", "declined after the payment was authorised");
    payment.declined = true;
}

void Reconciliation::Books::on_payment(const std::string& id, const payment::event::Captured& event) {
    auto& payment = orders[id].payment;
    if (!payment.authorised || payment.voided) unfit(id, "", "captured without an authorisation");
    if (payment.captured) unfit(id, "", "captured a second time");
    payment.captured = true;
    payment.captured_amount += event.amount.amount;
    if (payment.captured_amount > payment.amount.amount || event.amount.currency != payment.amount.currency)
        unfit(id, "", fmt::format("{} captured of {} authorised", text(event.amount), text(payment.amount)));
}

void Reconciliation::Books::on_payment(const std::string& id, const payment::event::Voided&) {
    auto& payment = orders[id].payment;
    if (!payment.authorised || payment.captured) unfit(id, "", "voided without an authorisation that is open");
    payment.voided = true;
}

void Reconciliation::Books::on_payment(const std::string& id, const payment::event::RefundRequested& event) {
    orders[id].payment.refund_asked = event.amount.amount;
}

void Reconciliation::Books::on_payment(const std::string& id, const payment::event::Refunded& event) {
    auto& payment = orders[id].payment;
    payment.refund_asked = 0;
    payment.refunded_amount += event.amount.amount;
    if (payment.refunded_amount > payment.captured_amount || event.amount.currency != payment.amount.currency)
        unfit(id, "",
              fmt::format("{} refunded of {} captured", text(event.amount),
                          text(payment.captured_amount, payment.amount.currency)));
}

void Reconciliation::Books::on_payment(const std::string& id, const payment::event::RefundFailed&) {
    orders[id].payment.refund_asked = 0;
}

// ---- what was asked of the provider

void Reconciliation::Books::on_journal(std::string_view stream, const saga::Event& event) {
    const auto* manager = saga::manager_of(stream, saga::all_sagas());
    if (manager == nullptr) return;
    const std::string id{id_of(id_of(stream))};
    if (const auto* intended = std::get_if<saga::event::CommandScheduled>(&event)) {
        goes_on(id, manager->definition->name);
        const auto act = act_of(*manager->definition, intended->step, intended->direction);
        if (!act || !saga::is_payment(*act)) return;
        auto& asked = orders[id].payment.asked;
        if (std::ranges::find(asked, intended->command_id, &Asked::command_id) == asked.end())
            asked.push_back({intended->command_id, *act, intended->step});
    } else if (const auto* settled = std::get_if<saga::event::CommandCompleted>(&event)) {
        if (settled->outcome == saga::Outcome::unknown) return;
        auto& asked = orders[id].payment.asked;
        const auto of = std::ranges::find(asked, settled->command_id, &Asked::command_id);
        if (of == asked.end()) return;
        // Whoever turned while an authorisation was under way gave it up before it counted as undone.
        const bool undone = of->act == Act::undo_payment && settled->outcome == saga::Outcome::done;
        asked.erase(of);
        if (undone) std::erase_if(asked, [](const Asked& one) { return one.act == Act::authorise_payment; });
    } else if (const auto* performed = std::get_if<saga::event::CommandExecuted>(&event)) {
        on_journal(stream, saga::event::scheduled(*performed));
        on_journal(stream, saga::event::completed(*performed));
    } else if (const auto* parked = std::get_if<saga::event::Parked>(&event)) {
        auto& order = orders[id];
        order.parked_saga = manager->definition->name;
        order.parked_why = fmt::format("its {} is parked at {}: {}", order.parked_saga, parked->step, parked->reason);
    } else if (std::holds_alternative<saga::event::Ended>(event)) {
        goes_on(id, manager->definition->name);
    }
}

void Reconciliation::Books::goes_on(const std::string& id, std::string_view saga) {
    auto& order = orders[id];
    if (order.parked_saga != saga) return;
    order.parked_saga.clear();
    order.parked_why.clear();
}

// ---- the provider's ledger

void Reconciliation::Books::compare(const LedgerAccount& account) {
    const auto& entry = account.entry;
    const auto known = order_of_reference.find(account.reference);
    if (known == order_of_reference.end()) {
        compare_unknown(account);
        return;
    }
    auto& payment = orders[known->second].payment;
    if (std::exchange(payment.in_ledger, true))
        differs(known->second, "", fmt::format("the ledger has {} twice", account.reference));
    if (entry.order.value != known->second)
        differs(known->second, "",
                fmt::format("the provider authorised {} for order {}", account.reference, entry.order.value));
    if (entry.authorised != payment.amount)
        differs(
            known->second, "",
            fmt::format("the provider authorised {}, the log says {}", text(entry.authorised), text(payment.amount)));
    compare_amounts(known->second, payment, entry);
}

// The provider may be ahead by what was asked and not answered, by no more, and never behind.
void Reconciliation::Books::compare_amounts(const std::string& order, const PaymentBooks& payment,
                                            const LedgerEntry& entry) {
    const auto& currency = payment.amount.currency;
    const bool captured_meanwhile =
        payment.is_asked(Act::capture_payment) && !payment.captured && entry.captured == payment.amount.amount;
    if (entry.captured != payment.captured_amount && !captured_meanwhile)
        differs(order, "",
                fmt::format("the provider captured {}, the log says {}", text(entry.captured, currency),
                            text(payment.captured_amount, currency)));
    const bool undoing = payment.is_asked(Act::undo_payment);
    const bool refunded_meanwhile = undoing && entry.refunded == payment.refunded_amount + payment.refund_asked;
    if (entry.refunded != payment.refunded_amount && !refunded_meanwhile)
        differs(order, "",
                fmt::format("the provider refunded {}, the log says {}", text(entry.refunded, currency),
                            text(payment.refunded_amount, currency)));
    const bool voided_meanwhile = undoing && entry.voided;
    if (entry.voided != payment.voided && !voided_meanwhile)
        differs(order, "",
                entry.voided ? "the provider let go of the authorisation, the log does not say so"
                             : "the provider never let go of the authorisation, the log says so");
}

void Reconciliation::Books::compare_unknown(const LedgerAccount& account) {
    const auto& entry = account.entry;
    const auto found = orders.find(entry.order.value);
    const bool may_be = found != orders.end() && found->second.payment.requested && !found->second.payment.authorised &&
                        !found->second.payment.declined;
    if (!may_be) {
        differs(entry.order.value, "",
                fmt::format("the provider authorised {} under {}, of which the log knows nothing",
                            text(entry.authorised), account.reference));
        return;
    }
    auto& payment = found->second.payment;
    if (std::exchange(payment.in_ledger, true)) differs(entry.order.value, "", "the provider authorised it twice");
    if (entry.authorised != payment.amount || entry.captured != 0 || entry.refunded != 0 || entry.voided)
        differs(entry.order.value, "",
                fmt::format("the provider has booked more or other than the {} that it was asked to authorise",
                            text(payment.amount)));
}

// ---- the end

void Reconciliation::Books::end_stock() {
    for (const auto& [product, stock] : products) {
        for (const auto& [id, quantity] : stock.open)
            if (const auto phase = orders[id].phase; is_ended(phase))
                differs(id, product, fmt::format("{} reserved, although it is {}", quantity, order::text(phase)));
        for (const auto& [id, quantity] : stock.away)
            if (const auto phase = orders[id].phase; is_undone(phase))
                differs(id, product,
                        fmt::format("{} have left and not come back, although it is {}", quantity, order::text(phase)));
    }
}

void Reconciliation::Books::end_order(const std::string& id, const OrderBooks& order, bool with_ledger) {
    const auto& payment = order.payment;
    if (payment.is_open() || !order.parked_saga.empty())
        result.open.push_back({id, "", what_is_open(order, with_ledger)});
    if (is_undone(order.phase)) {
        if (payment.captured_amount > payment.refunded_amount)
            differs(id, "",
                    fmt::format("{}, and {} were captured and not refunded", order::text(order.phase),
                                text(payment.captured_amount - payment.refunded_amount, payment.amount.currency)));
        if (payment.authorised && !payment.captured && !payment.voided)
            differs(id, "", fmt::format("{}, and its authorisation still stands", order::text(order.phase)));
    }
    if (with_ledger && payment.authorised && !payment.in_ledger)
        differs(id, "",
                fmt::format("the log has {} authorised under {}, of which the provider knows nothing",
                            text(payment.amount), payment.reference));
}

void Reconciliation::Books::count(const PaymentBooks& payment) {
    if (!payment.authorised) return;
    auto& sums = result.sums[std::string{payment.amount.currency.text()}];
    sums.authorised += payment.amount.amount;
    sums.captured += payment.captured_amount;
    sums.refunded += payment.refunded_amount;
    if (payment.voided) sums.voided += payment.amount.amount;
    ++result.authorised;
    if (payment.captured) ++result.captured;
    if (payment.refunded_amount > 0) ++result.refunded;
    if (payment.voided) ++result.voided;
}

void Reconciliation::Books::end(bool with_ledger) {
    end_stock();
    for (const auto& [id, order] : orders) {
        if (order.phase != Phase::absent) ++result.orders;
        count(order.payment);
        end_order(id, order, with_ledger);
    }
    result.products = products.size();
    sort(result.open);
    sort(result.differences);
}

Reconciliation::Reconciliation() : books_(std::make_unique<Books>()) {}
Reconciliation::~Reconciliation() = default;
Reconciliation::Reconciliation(Reconciliation&& other) noexcept = default;

void Reconciliation::take(const Recorded& event) { books_->take(event); }
void Reconciliation::compare(const LedgerAccount& account) { books_->compare(account); }

Reconciled Reconciliation::end(bool with_ledger) {
    books_->end(with_ledger);
    return std::move(books_->result);
}

}  // namespace sillok
