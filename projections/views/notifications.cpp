#include "projections/views/notifications.hpp"

#include "aggregates/delivery.hpp"
#include "aggregates/id_rules.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "eventstore/stream_name.hpp"
#include "projections/engine/decoded.hpp"
#include "projections/engine/view_definition.hpp"

namespace sillok {

namespace {

enum Index : IndexNumber { by_customer = 1 };  // stored

using Row = Notifications::Row;

// The events that become a message to the customer.
using Announced =
    std::variant<payment::event::Authorised, order::event::Confirmed, order::event::Cancelled, order::event::Rejected,
                 delivery::event::Prepared, delivery::event::Started, delivery::event::Completed,
                 delivery::event::Cancelled, delivery::event::Returned, delivery::event::Recalled>;

std::string sentence(const Announced& event, const std::string& order) {
    return std::visit(
        Overloaded{
            [&](const payment::event::Authorised&) {
                return "Thank you for your purchase: the payment for order " + order + " has been authorised.";
            },
            [&](const order::event::Confirmed&) { return "Order " + order + " is confirmed."; },
            [&](const order::event::Cancelled&) { return "Order " + order + " has been cancelled."; },
            [&](const order::event::Rejected& it) {
                return "Order " + order + " could not be accepted: " + (it.detail.empty() ? it.reason : it.detail) +
                       ".";
            },
            [&](const delivery::event::Prepared&) { return "Order " + order + " is being prepared for delivery."; },
            [&](const delivery::event::Started& it) {
                auto text = "Order " + order + " is on its way";
                if (!it.carrier.empty()) text += " with " + it.carrier;
                if (!it.tracking_number.empty()) text += ", tracking number " + it.tracking_number;
                return text + ".";
            },
            [&](const delivery::event::Completed&) { return "Order " + order + " has been delivered."; },
            [&](const delivery::event::Cancelled&) {
                return "The delivery of order " + order + " has been cancelled.";
            },
            [&](const delivery::event::Recalled&) {
                return "The goods of order " + order + " have been called back on their way.";
            },
            [&](const delivery::event::Returned&) { return "The goods of order " + order + " have come back to us."; },
        },
        event);
}

}  // namespace

std::optional<std::string> Notifications::key(const Recorded& event) {
    if (!is_event_of<Announced>(event.type) && !event.type.starts_with("delivery.")) return std::nullopt;
    return key_of(event.position);
}

std::optional<Row> Notifications::project(const std::optional<Row>&, const Recorded& event) {
    const auto heard = decoded<Announced>(event);
    Row row;
    row.sequence = event.position;
    row.customer = std::visit([](const auto& it) { return it.customer; }, heard);
    row.order = OrderId{std::string{id_of(event.stream)}};
    row.type = event.type;
    row.text = sentence(heard, row.order.value);
    row.time = event.time;
    return row;
}

std::vector<IndexEntry> Notifications::indexes(const Row& row) {
    return {{by_customer, canonical(row.customer).value, newest_first(row.sequence), {}}};
}

std::string Notifications::key_of(Position sequence) { return oldest_first(sequence); }
Selection Notifications::of_customer(const CustomerId& customer) { return {by_customer, canonical(customer).value}; }

template class View<Notifications>;

}  // namespace sillok
