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

TEST_CASE("a cancellation waits for fulfilment, then undoes everything") {
    auto saga = given<Cancellation>({{"tv", 3}, {"mat", 1}});
    CHECK(saga.when_received("order.cancellationRequested") == then{"started"});
    CHECK_FALSE(saga.pending_intent());
    CHECK(saga.when_received("saga.ended") == then{"heard saga.ended", "intends cancel-delivery delivery-o1"});
    CHECK(saga.when_done() == then{"done cancel-delivery", "intends pay-back payment-o1"});
    CHECK(saga.when_done() == then{"done pay-back", "intends give-back stock-tv"});
    CHECK(saga.when_done() == then{"done give-back", "intends give-back stock-mat"});
    CHECK(saga.when_done() == then{"done give-back", "intends cancel order-o1"});
    CHECK(saga.when_done() == then{"done cancel", "ended completed"});
}

TEST_CASE("a fulfilment that had ended before answers by ignoring the request") {
    auto saga = requested();
    CHECK(saga.when_received("saga.ignored") == then{"heard saga.ended", "intends cancel-delivery delivery-o1"});
}

TEST_CASE("an order that was delivered stands, and what fulfilment left undone is done") {
    auto saga = requested();
    saga.when_received("saga.ended");
    CHECK(saga.when_refused("already-delivered") ==
          then{"refused cancel-delivery already-delivered", "turned already-delivered", "intends commit stock-tv"});
    CHECK(saga.when_done() == then{"done commit", "intends commit stock-mat"});
    CHECK(saga.when_done() == then{"done commit", "intends capture payment-o1"});
    CHECK(saga.when_done() == then{"done capture", "intends complete order-o1"});
    CHECK(saga.when_done() == then{"done complete", "ended refused already-delivered"});
}

TEST_CASE("money that is owed back is asked for again for a day") {
    auto saga = requested();
    saga.when_received("saga.ended");
    saga.when_done();
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
    auto saga = requested();
    saga.when_received("saga.ended");
    saga.when_done();
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
