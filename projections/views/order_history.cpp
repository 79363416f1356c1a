#include "projections/views/order_history.hpp"

#include "aggregates/id_rules.hpp"
#include "aggregates/skipped_event.hpp"
#include "eventstore/stream_name.hpp"
#include "projections/engine/decoded.hpp"
#include "projections/engine/view_definition.hpp"

#include <algorithm>
#include <cstddef>

namespace sillok {

namespace {

enum Index : IndexNumber { by_age = 1, by_state = 2, by_customer = 3 };  // stored

using Row = OrderHistory::Row;
using OrderPhase = OrderHistory::OrderPhase;
using PaymentPhase = OrderHistory::PaymentPhase;
using DeliveryPhase = OrderHistory::DeliveryPhase;

void follow_order(Row& row, const order::Order::Event& event) {
    std::visit(Overloaded{
                   [](const order::event::Placed&) {},  // see placed()
                   [&](const order::event::Confirmed&) { row.state = OrderPhase::confirmed; },
                   [&](const order::event::Rejected& it) {
                       row.state = OrderPhase::rejected;
                       row.reason = it.reason;
                       row.detail = it.detail;
                   },
                   [&](const order::event::CancellationRequested& it) {
                       row.state = OrderPhase::cancelling;
                       row.reason = it.reason;
                   },
                   [&](const order::event::Cancelled&) { row.state = OrderPhase::cancelled; },
                   [&](const order::event::Completed&) { row.state = OrderPhase::completed; },
                   [&](const order::event::CancellationRefused& it) {
                       row.state = OrderPhase::confirmed;
                       row.reason = it.reason;
                       row.detail = "the cancellation was refused: the goods have arrived";
                   },
                   [&](const order::event::Returned&) { row.state = OrderPhase::returned; },
               },
               event);
}

// Whether money is held or taken that was not paid back, or may be.
bool owes_money(const Row& row) {
    switch (row.payment_state) {
        case PaymentPhase::requested:
        case PaymentPhase::unknown:
        case PaymentPhase::authorised:
        case PaymentPhase::capture_refused:
        case PaymentPhase::captured: return true;
        default: return false;
    }
}

bool is_pending(const Row& row) {
    if (row.state == OrderPhase::placed || row.state == OrderPhase::cancelling) return true;
    const bool stands = row.state == OrderPhase::confirmed || row.state == OrderPhase::completed;
    return stands && row.delivery_state == DeliveryPhase::returned && owes_money(row);
}

// All of the payment that says whether an event can come next.
payment::Payment::State payment_of(const Row& row) {
    return {.phase = row.payment_state,
            .customer = {},
            .requested = row.requested,
            .captured = row.captured,
            .refunded = row.refunded,
            .refund_asked = row.refund_asked,
            .reference = {}};
}

void follow_payment(Row& row, const payment::Payment::Event& event) {
    std::visit(Overloaded{
                   [&](const payment::event::Requested& it) {
                       row.payment_state = PaymentPhase::requested;
                       row.requested = it.amount;
                   },
                   [&](const payment::event::Authorised&) { row.payment_state = PaymentPhase::authorised; },
                   [&](const payment::event::Declined&) { row.payment_state = PaymentPhase::declined; },
                   [&](const payment::event::OutcomeUnknown&) { row.payment_state = PaymentPhase::unknown; },
                   [](const payment::event::OutcomeResolved&) {},  // what it resolved to follows
                   [&](const payment::event::Captured& it) {
                       row.payment_state = PaymentPhase::captured;
                       row.payment_reason.clear();
                       row.captured = it.amount;
                   },
                   [&](const payment::event::Voided&) { row.payment_state = PaymentPhase::voided; },
                   [&](const payment::event::NotRequired&) { row.payment_state = PaymentPhase::not_required; },
                   [&](const payment::event::CaptureRefused& it) {
                       row.payment_state = PaymentPhase::capture_refused;
                       row.payment_reason = it.reason;
                   },
                   [&](const payment::event::WrittenOff& it) {
                       row.payment_state = PaymentPhase::written_off;
                       row.payment_reason = it.reason;
                   },
                   [&](const payment::event::RefundRequested& it) { row.refund_asked = it.amount; },
                   [&](const payment::event::Refunded& it) {
                       row.refund_asked.amount = 0;
                       row.refund_refused = false;
                       row.payment_reason.clear();
                       row.refunded.amount += it.amount.amount;
                       if (row.refunded.amount >= row.captured.amount) row.payment_state = PaymentPhase::refunded;
                   },
                   [&](const payment::event::RefundFailed& it) {
                       row.refund_asked.amount = 0;
                       row.refund_refused = true;
                       row.payment_reason = it.reason;
                   },
               },
               event);
}

void add_to_timeline(Row& row, const Recorded& event) {
    if (row.timeline.size() == OrderHistory::timeline_max) {
        row.timeline.erase(row.timeline.begin() + OrderHistory::timeline_max / 2);
        ++row.timeline_left_out;
    }
    row.timeline.push_back(timeline_entry(event));
}

void follow_delivery(Row& row, const delivery::Delivery::Event& event) {
    row.delivery_state = std::visit(Overloaded{
                                        [](const delivery::event::Prepared&) { return DeliveryPhase::prepared; },
                                        [](const delivery::event::Started&) { return DeliveryPhase::started; },
                                        [](const delivery::event::Completed&) { return DeliveryPhase::delivered; },
                                        [](const delivery::event::Cancelled&) { return DeliveryPhase::cancelled; },
                                        [](const delivery::event::Returned&) { return DeliveryPhase::returned; },
                                        [](const delivery::event::Recalled&) { return DeliveryPhase::recalled; },
                                    },
                                    event);
}

}  // namespace

std::optional<std::string> OrderHistory::key(const Recorded& event) {
    const auto category = category_of(event.stream);
    if (category != order::Order::category && category != payment::Payment::category &&
        category != delivery::Delivery::category)
        return std::nullopt;
    return std::string{id_of(event.stream)};
}

std::optional<Row> OrderHistory::project(std::optional<Row> row, const Recorded& event) {
    const auto category = category_of(event.stream);
    if (is_skip(event)) {
        if (row && category == order::Order::category) row->version = event.version;
        return row;
    }
    if (category == order::Order::category) {
        const auto happened = decoded<order::Order::Event>(event);
        require_follows(order::follows(row ? row->state : OrderPhase::absent, happened), event);
        if (const auto* first = std::get_if<order::event::Placed>(&happened))
            return placed(OrderId{std::string{id_of(event.stream)}}, *first, event.version, event.position, event.time);
        follow_order(*row, happened);
        row->version = event.version;
    } else if (!row) {
        return row;
    } else if (category == payment::Payment::category) {
        const auto happened = decoded<payment::Payment::Event>(event);
        require_follows(payment::Payment::follows(payment_of(*row), happened), event);
        follow_payment(*row, happened);
    } else {
        const auto happened = decoded<delivery::Delivery::Event>(event);
        require_follows(delivery::follows(row->delivery_state, happened), event);
        follow_delivery(*row, happened);
    }
    row->pending = is_pending(*row);
    add_to_timeline(*row, event);
    row->updated_at = event.time;
    return row;
}

Row OrderHistory::placed(const OrderId& order, const order::event::Placed& event, Version order_version,
                         Position position, Timestamp time) {
    Row row;
    row.order = order;
    row.customer = event.customer;
    row.customer_name = event.customer_name;
    row.customer_address = event.customer_address;
    row.lines.assign(event.lines.begin(),
                     event.lines.begin() + static_cast<std::ptrdiff_t>(std::min(event.lines.size(), lines_max)));
    row.line_count = static_cast<std::uint32_t>(event.lines.size());
    row.total = event.total;
    row.state = OrderPhase::placed;
    row.pending = true;
    row.requested = row.captured = row.refunded = row.refund_asked = Money{0, event.total.currency};
    row.timeline.push_back({position, time, std::string{order::event::Placed::name.type}});
    row.version = order_version;
    row.placed = position;
    row.placed_at = row.updated_at = time;
    return row;
}

std::vector<IndexEntry> OrderHistory::indexes(const Row& row) {
    const auto age = newest_first(row.placed);
    const auto state = letter_of(row.state);
    return {
        {by_age, {}, age, {}}, {by_state, state, age, {}}, {by_customer, canonical(row.customer).value, age, state}};
}

std::optional<std::string> OrderHistory::invariant_violation(const Row& row) {
    if (row.captured.amount > row.total.amount) return "more is captured than the order's total";
    if (row.refunded.amount > row.captured.amount) return "more is refunded than was captured";
    return std::nullopt;
}

std::vector<std::string> OrderHistory::streams(std::string_view key) {
    const OrderId id{std::string{key}};
    return {stream_name<order::Order>(id), stream_name<payment::Payment>(id), stream_name<delivery::Delivery>(id)};
}

Selection OrderHistory::all() { return {by_age, {}}; }
Selection OrderHistory::in_state(OrderPhase state) { return {by_state, letter_of(state)}; }
Selection OrderHistory::of_customer(const CustomerId& customer, std::optional<OrderPhase> state) {
    auto partition = canonical(customer).value;
    if (!state) return {by_customer, std::move(partition)};
    return {by_customer, std::move(partition),
            [wanted = letter_of(*state)](std::string_view note) { return note == wanted; }};
}

template class View<OrderHistory>;

}  // namespace sillok
