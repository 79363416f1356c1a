#include "sagas/cancellation.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "tests/sagas/saga_scenario.hpp"

#include <doctest/doctest.h>

namespace sillok::saga {
namespace {

SagaScenario requested() {
    auto saga = given<Cancellation>({{"tv", 3}, {"mat", 1}});
    saga.when_received("order.cancellationRequested");
    return saga;
}

SagaScenario paying_back() {
    auto saga = requested();
    saga.when_received("saga.ended");
    for (int i = 0; i < 3; ++i) saga.when_done();
    return saga;
}

// Up to a delivery that was on its way.
SagaScenario recalled(std::string_view code) {
    auto saga = requested();
    saga.when_received("saga.ended");
    CHECK(saga.when_done(code) == then{"done cancel-delivery", "intends commit-recalled stock-tv"});
    return saga;
}

TEST_CASE("a cancellation waits for fulfilment, then undoes everything") {
    auto saga = given<Cancellation>({{"tv", 3}, {"mat", 1}});
    CHECK(saga.when_received("order.cancellationRequested") == then{"started"});
    CHECK_FALSE(saga.pending_intent());
    CHECK(saga.when_received("saga.ended") == then{"heard saga.ended", "intends cancel-delivery delivery-o1"});
    CHECK(saga.when_done() == then{"done cancel-delivery", "intends give-back stock-tv"});
    CHECK(saga.when_done() == then{"done give-back", "intends give-back stock-mat"});
    CHECK(saga.when_done() == then{"done give-back", "intends pay-back payment-o1"});
    CHECK(saga.when_done() == then{"done pay-back", "intends cancel order-o1"});
    CHECK(saga.when_done() == then{"done cancel", "ended completed"});
}

TEST_CASE("goods that were called back have left the stock until they are here; then the money goes back") {
    auto saga = recalled(recalled_code);
    CHECK(saga.when_done() == then{"done commit-recalled", "intends commit-recalled stock-mat"});
    CHECK(saga.when_done() == then{"done commit-recalled"});
    CHECK_FALSE(saga.pending_intent());
    CHECK(saga.when_received("delivery.cancelled") == then{"heard delivery.cancelled", "intends give-back stock-tv"});
    CHECK(saga.when_done() == then{"done give-back", "intends give-back stock-mat"});
    CHECK(saga.when_done() == then{"done give-back", "intends pay-back payment-o1"});
    CHECK(saga.when_done() == then{"done pay-back", "intends cancel order-o1"});
}

TEST_CASE("money for goods that were called back may go back at once") {
    auto saga = recalled(recalled_and_paid_back_code);
    saga.when_done();
    CHECK(saga.when_done() == then{"done commit-recalled", "intends pay-back-early payment-o1"});
    CHECK(saga.when_done() == then{"done pay-back-early"});
    CHECK(saga.when_received("delivery.cancelled") == then{"heard delivery.cancelled", "intends give-back stock-tv"});
}

TEST_CASE("goods that were called back and arrive after all let the order stand") {
    auto saga = recalled(recalled_code);
    saga.when_done();
    saga.when_done();
    CHECK(saga.when_received("delivery.completed") ==
          then{"heard delivery.completed", "turned already-delivered", "intends refuse order-o1"});
    CHECK(saga.when_done() == then{"done refuse", "ended refused already-delivered"});
}

TEST_CASE("goods that arrive after their money went back park the cancellation, until somebody has seen to it") {
    auto saga = recalled(recalled_and_paid_back_code);
    for (int i = 0; i < 3; ++i) saga.when_done();
    saga.when_received("delivery.completed");
    CHECK(saga.when_done() == then{"done refuse", "intends look-for-payment payment-o1"});
    CHECK(saga.when_refused("delivered-after-refund") ==
          then{"refused look-for-payment delivered-after-refund", "parked look-for-payment delivered-after-refund"});
    CHECK(saga.when_operator({OperatorAction::skip, "look-for-payment", "called", "paid in cash"}) ==
          then{"skip look-for-payment: paid in cash", "ended refused already-delivered"});
}

// As an older program has begun it.
TEST_CASE("a cancellation that an older program has refused goes on by the rules of its time") {
    auto saga = recalled(recalled_code);
    saga.when_done();
    saga.when_done();
    auto state = evolve(saga.state(), event::TriggerReceived{Position{90}, "delivery.completed"});
    const auto next = [](const State& now) {
        return told(std::get<action::Record>(advance(now, {Timestamp{2'000'000}, 1})).event);
    };
    CHECK(next(evolve(state, event::CompensationStarted{"already-delivered", {}, 3})) == "intends refuse order-o1");
    CHECK(next(evolve(state, event::CompensationStarted{"already-delivered", {}, 2})) == "intends commit stock-tv");
}

TEST_CASE("goods may be back before the saga waits for them") {
    auto saga = recalled(recalled_code);
    CHECK(saga.when_received("delivery.cancelled") == then{"heard delivery.cancelled"});
    saga.when_done();
    CHECK(saga.when_done() == then{"done commit-recalled", "intends give-back stock-tv"});
}

TEST_CASE("a fulfilment that had ended before answers by ignoring the request") {
    auto saga = requested();
    CHECK(saga.when_received("saga.ignored") == then{"heard saga.ended", "intends cancel-delivery delivery-o1"});
}

TEST_CASE("an order that was delivered stands, and says so at once") {
    auto saga = requested();
    saga.when_received("saga.ended");
    CHECK(saga.when_refused("already-delivered") ==
          then{"refused cancel-delivery already-delivered", "turned already-delivered", "intends refuse order-o1"});
    CHECK(saga.when_done() == then{"done refuse", "ended refused already-delivered"});
}

TEST_CASE("money that is owed back is asked for again for a day") {
    auto saga = paying_back();
    std::uint32_t attempts = 1;
    const auto id = saga.pending_intent()->command_id;
    for (; !saga.state().parked && attempts < 100; ++attempts) {
        saga.when_unanswered();
        saga.when_time_passes(3'600'000);
        if (saga.pending_intent()) CHECK(saga.pending_intent()->command_id == id);
    }
    CHECK(saga.state().parked);
    CHECK(attempts > 20);
}

TEST_CASE("a refund that is declined waits for an operator") {
    auto saga = paying_back();
    CHECK(saga.when_refused("provider-declined") ==
          then{"refused pay-back provider-declined", "parked pay-back provider-declined"});
}

TEST_CASE("a second answer of fulfilment is ignored, and one that nobody waits for is no message") {
    auto saga = requested();
    saga.when_received("saga.ended");
    CHECK(saga.when_received("saga.ignored") == then{"ignored saga.ended: heard already"});
    CHECK(given<Cancellation>({}).when_received("saga.ended").empty());
}

TEST_CASE("a cancellation hears its request, and what fulfilment says to the same request") {
    const auto heard = [](std::string_view stream, std::string_view type, const std::string& payload = {}) {
        Recorded recorded;
        recorded.stream = stream;
        recorded.type = type;
        recorded.payload = payload;
        return Cancellation::instance(recorded);
    };
    CHECK(heard("order-o-1", "order.cancellationRequested") == OrderId{"o-1"});
    CHECK(heard("saga-fulfilment-o-1", "saga.ended") == OrderId{"o-1"});
    CHECK(heard("delivery-o-1", "delivery.cancelled") == OrderId{"o-1"});
    CHECK(heard("delivery-o-1", "delivery.completed") == OrderId{"o-1"});
    CHECK_FALSE(heard("delivery-o-1", "delivery.started"));
    CHECK_FALSE(heard("saga-cancellation-o-1", "saga.ended"));
    CHECK_FALSE(heard("saga-fulfilment-o-1", "saga.settled"));
    const auto late = encode(Event{event::Ignored{Position{7}, "order.cancellationRequested", "ended already"}});
    CHECK(heard("saga-fulfilment-o-1", late.type, late.payload) == OrderId{"o-1"});
    const auto other = encode(Event{event::Ignored{Position{7}, "delivery.started", "ended already"}});
    CHECK_FALSE(heard("saga-fulfilment-o-1", other.type, other.payload));
    CHECK_FALSE(heard("saga-fulfilment-o-1", late.type, "damaged"));
}

}  // namespace
}  // namespace sillok::saga
