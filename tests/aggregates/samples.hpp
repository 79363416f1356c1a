// One event of every type there is, all its fields filled. Each has its golden files.
#pragma once

#include "aggregates/customer.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/loss_accepted.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/saga_events.hpp"
#include "aggregates/skipped_event.hpp"
#include "aggregates/stock.hpp"

namespace sillok::samples {

inline const Currency krw{{'K', 'R', 'W'}};
inline const Money price{10'000, krw};
inline const CustomerId customer_id{"1@uengine.org"};
inline const OrderId order_id{"o-1"};
inline const Uuid command_id = *Uuid::parse("0190b2c4-5d6e-7f80-9abc-def012345678");
inline const Uuid provider_key = *Uuid::parse("52e61e84-1671-8211-977e-09acc0a87f2d");
inline const Timestamp time{1'795'190'400'123};

// An event without a sample does not compile where it is asked for.
template <class Event>
Event of() = delete;

// clang-format off
template <> inline product::event::Registered of() { return {"TV", price, "55 inches", "goods"}; }
template <> inline product::event::Revised of() { return {"텔레비전", {9'500, krw}, "", "goods"}; }
template <> inline product::event::Discontinued of() { return {}; }

template <> inline stock::event::Received of() { return {{10}}; }
template <> inline stock::event::Adjusted of() { return {{-3}, "C536379"}; }
template <> inline stock::event::Reserved of() { return {order_id, {3}}; }
template <> inline stock::event::Released of() { return {order_id, {3}}; }
template <> inline stock::event::Committed of() { return {order_id, {3}}; }
template <> inline stock::event::Returned of() { return {order_id, {3}}; }

template <> inline order::event::Placed of() {
    return {customer_id, "홍길동", "서울시", {{{"tv"}, "TV", {3}, price}, {{"gift%20card"}, "Gift card", {1}, {500, krw}}}, {30'500, krw}};
}
template <> inline order::event::Confirmed of() { return {customer_id}; }
template <> inline order::event::Rejected of() { return {customer_id, "insufficient-stock", "tv: 2 left"}; }
template <> inline order::event::CancellationRequested of() { return {customer_id, "changed my mind"}; }
template <> inline order::event::Cancelled of() { return {customer_id}; }
template <> inline order::event::Completed of() { return {customer_id}; }
template <> inline order::event::CancellationRefused of() { return {customer_id, "already-delivered"}; }
template <> inline order::event::Returned of() { return {customer_id, {{{"tv"}, {3}}, {{"radio"}, {1}}}}; }

template <> inline payment::event::Requested of() { return {customer_id, price}; }
template <> inline payment::event::Authorised of() { return {customer_id, price, "auth-7"}; }
template <> inline payment::event::Declined of() { return {customer_id, "no cover"}; }
template <> inline payment::event::OutcomeUnknown of() { return {"no answer within 2 s"}; }
template <> inline payment::event::OutcomeResolved of() { return {true}; }
template <> inline payment::event::Captured of() { return {price}; }
template <> inline payment::event::Voided of() { return {}; }
template <> inline payment::event::RefundRequested of() { return {price, provider_key}; }
template <> inline payment::event::Refunded of() { return {price}; }
template <> inline payment::event::NotRequired of() { return {customer_id, {0, price.currency}}; }
template <> inline payment::event::CaptureRefused of() { return {price, "card expired"}; }
template <> inline payment::event::WrittenOff of() { return {price, "bad debt"}; }
template <> inline payment::event::RefundFailed of() { return {price, "account closed"}; }

template <> inline delivery::event::Prepared of() { return {customer_id, "서울시"}; }
template <> inline delivery::event::Started of() { return {customer_id, "CJ", "1234-5678"}; }
template <> inline delivery::event::Completed of() { return {customer_id}; }
template <> inline delivery::event::Cancelled of() { return {customer_id}; }
template <> inline delivery::event::Returned of() { return {customer_id}; }
template <> inline delivery::event::Recalled of() { return {customer_id}; }

template <> inline customer::event::SignedUp of() { return {"홍길동", "hong@example.org", "hash-1"}; }
template <> inline customer::event::DetailsChanged of() { return {"Hong", "h@example.org"}; }
template <> inline customer::event::PasswordChanged of() { return {"hash-2"}; }

template <> inline saga::event::Started of() {
    return {"fulfilment", 1, order_id, customer_id, "서울시", price, {{{"tv"}, {3}}, {{"radio"}, {1}}}, Position{17},
            time};
}
template <> inline saga::event::TriggerReceived of() { return {Position{18}, "delivery.started"}; }
template <> inline saga::event::Reopened of() { return {Position{19}, "delivery.returned"}; }
template <> inline saga::event::Ignored of() { return {Position{20}, "order.confirmed", "not awaited"}; }
template <> inline saga::event::CommandScheduled of() {
    return {"reserve", saga::Direction::compensate, command_id, "stock-tv", 2, 1, true, time};
}
template <> inline saga::event::CommandCompleted of() {
    return {command_id, "authorise", saga::Direction::forward, saga::Outcome::unknown, "payment-declined", "no cover", time};
}
template <> inline saga::event::CommandExecuted of() {
    return {"reserve", saga::Direction::forward, command_id, "stock-tv", 1, 2, saga::Outcome::refused,
            "insufficient-stock", "tv: 2 left"};
}
template <> inline saga::event::CompensationStarted of() { return {"insufficient-stock", "tv: 2 left", 2}; }
template <> inline saga::event::Parked of() { return {"capture", "the provider does not answer"}; }
template <> inline saga::event::Intervened of() {
    return {saga::OperatorAction::skip, "capture", "paid in cash", "receipt 17", time};
}
template <> inline saga::event::Ended of() { return {saga::Ending::compensated, "insufficient-stock"}; }

template <> inline EventSkipped of() { return {Position{61}, command_id, "stock.quarantined", "an import went wrong"}; }
template <> inline LossAccepted of() {
    return {Position{38}, Position{61}, "data/VERIFIED",
            "data/log ends at position 38, but data/VERIFIED has seen position 61"};
}
// clang-format on

template <class Visit, class... Events>
void each_of(std::type_identity<std::variant<Events...>>, Visit&& visit) {
    (visit(std::variant<Events...>{of<Events>()}), ...);
}

// Calls visit(event) with one event of every type, each as its family's variant.
template <class Visit>
void each(Visit&& visit) {
    each_of(std::type_identity<product::Product::Event>{}, visit);
    each_of(std::type_identity<stock::Stock::Event>{}, visit);
    each_of(std::type_identity<order::Order::Event>{}, visit);
    each_of(std::type_identity<payment::Payment::Event>{}, visit);
    each_of(std::type_identity<delivery::Delivery::Event>{}, visit);
    each_of(std::type_identity<customer::Customer::Event>{}, visit);
    each_of(std::type_identity<saga::Event>{}, visit);
    each_of(std::type_identity<std::variant<EventSkipped>>{}, visit);
    each_of(std::type_identity<std::variant<LossAccepted>>{}, visit);
}

}  // namespace sillok::samples
