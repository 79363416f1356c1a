#include "sagas/reconciliation/payment_reader.hpp"

#include "sagas/engine/order_details.hpp"

#include <spdlog/fmt/fmt.h>

#include <utility>
#include <variant>
#include <vector>

namespace sillok::reconciliation {

std::string text(std::int64_t amount, const Currency& currency) {
    return fmt::format("{} {}", amount, currency.text());
}
std::string text(const Money& money) { return text(money.amount, money.currency); }

bool is_undone(OrderPhase phase) {
    return phase == OrderPhase::rejected || phase == OrderPhase::cancelled || phase == OrderPhase::returned;
}
bool is_ended(OrderPhase phase) { return is_undone(phase) || phase == OrderPhase::completed; }

void OrderReader::read(const order::Order::Event& event) {
    std::visit([&](const auto& one) { apply(one); }, event);
}

void OrderReader::apply(const order::event::Placed& event) {
    if (order_.phase != OrderPhase::absent) differs("placed a second time");
    order_.phase = OrderPhase::placed;
    order_.total = event.total;
    std::vector<saga::Item> lines;
    lines.reserve(event.lines.size());
    for (const auto& line : event.lines) lines.push_back({line.product, line.quantity});
    order_.items = saga::summed(lines);
}

void OrderReader::enter(OrderPhase phase) {
    if (order_.phase == OrderPhase::absent) differs("an order that was never placed");
    if (is_ended(order_.phase))
        differs(fmt::format("{} after it was {}", order::text(phase), order::text(order_.phase)));
    order_.phase = phase;
}

void OrderReader::apply(const order::event::Confirmed&) {
    enter(OrderPhase::confirmed);
    if (order_.products_held != order_.items.size())
        differs(fmt::format("confirmed with {} of {} products reserved", order_.products_held, order_.items.size()));
    if (!order_.payment.authorised && !order_.payment.not_required)
        differs("confirmed without a payment that was authorised");
}

void OrderReader::apply(const order::event::Completed&) {
    enter(OrderPhase::completed);
    const auto& payment = order_.payment;
    if (payment.captured || payment.written_off || payment.not_required) return;
    constexpr std::string_view what = "completed without a payment that was captured";
    const auto& said = order_.operator_words.capture;
    if (said.empty())
        differs(what);
    else
        at_.is_explained(id_, fmt::format("{}; {}", what, said));
}

void OrderReader::apply(const order::event::Returned&) {
    if (order_.phase == OrderPhase::completed) order_.phase = OrderPhase::confirmed;  // goods come back afterwards, too
    enter(OrderPhase::returned);
}

void PaymentReader::read(const payment::Payment::Event& event) {
    std::visit([&](const auto& one) { apply(one); }, event);
}

void PaymentReader::apply(const payment::event::Requested& event) {
    if (order_.phase == OrderPhase::absent) differs("a payment for an order that is not there");
    if (payment_.requested) differs("a payment requested a second time");
    if (event.amount != order_.total)
        differs(fmt::format("a payment of {} for an order of {}", text(event.amount), text(order_.total)));
    payment_.requested = true;
    payment_.amount = event.amount;
}

void PaymentReader::apply(const payment::event::NotRequired&) {
    if (order_.phase == OrderPhase::absent) differs("a payment for an order that is not there");
    if (payment_.requested) differs("no payment required after one was requested");
    if (order_.total.amount != 0) differs(fmt::format("no payment required for an order of {}", text(order_.total)));
    payment_.not_required = true;
}

void PaymentReader::apply(const payment::event::CaptureRefused& event) {
    if (!payment_.authorised || payment_.captured || payment_.voided)
        differs("a capture refused without an authorisation that is open");
    if (event.amount != payment_.amount)
        differs(fmt::format("a capture of {} refused, of {}", text(event.amount), text(payment_.amount)));
}

void PaymentReader::apply(const payment::event::WrittenOff&) {
    if (!payment_.authorised || payment_.captured || payment_.voided)
        differs("written off without an authorisation that is open");
    payment_.written_off = true;
    // What was refused has an outcome.
    std::erase_if(payment_.calls, [](const OpenCall& call) { return call.act == saga::Act::capture_payment; });
}

void PaymentReader::apply(const payment::event::Authorised& event) {
    if (payment_.authorised || payment_.declined) differs("authorised after the payment had an outcome");
    if (!payment_.requested || event.amount != payment_.amount)
        differs(fmt::format("{} authorised of {} requested", text(event.amount), text(payment_.amount)));
    if (!at_.entries.order_of_reference.emplace(event.reference, id_).second)
        differs(fmt::format("the reference {} of another authorisation", event.reference));
    payment_.authorised = true;
    payment_.reference = event.reference;
}

void PaymentReader::apply(const payment::event::Declined&) {
    if (payment_.authorised) differs("declined after the payment was authorised");
    payment_.declined = true;
}

void PaymentReader::apply(const payment::event::Captured& event) {
    if (!payment_.authorised || payment_.voided) differs("captured without an authorisation");
    if (payment_.captured) differs("captured a second time");
    payment_.captured = true;
    payment_.captured_amount += event.amount.amount;
    if (payment_.captured_amount > payment_.amount.amount || event.amount.currency != payment_.amount.currency)
        differs(fmt::format("{} captured of {} authorised", text(event.amount), text(payment_.amount)));
}

void PaymentReader::apply(const payment::event::Voided&) {
    if (!payment_.authorised || payment_.captured) differs("voided without an authorisation that is open");
    payment_.voided = true;
}

void PaymentReader::apply(const payment::event::Refunded& event) {
    payment_.refund_requested = 0;
    payment_.refunded_amount += event.amount.amount;
    if (payment_.refunded_amount > payment_.captured_amount || event.amount.currency != payment_.amount.currency)
        differs(fmt::format("{} refunded of {} captured", text(event.amount),
                            text(payment_.captured_amount, payment_.amount.currency)));
}

}  // namespace sillok::reconciliation
