#include "sagas/cancellation.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "tests/sagas/tale.hpp"

#include <doctest/doctest.h>

namespace sillok::saga {
namespace {

Tale requested() {
    auto tale = Tale::of<Cancellation>({{"tv", 3}, {"mat", 1}});
    tale.hears("order.cancellationRequested");
    return tale;
}

TEST_CASE("a cancellation waits for fulfilment, then undoes everything") {
    auto tale = Tale::of<Cancellation>({{"tv", 3}, {"mat", 1}});
    CHECK(tale.hears("order.cancellationRequested") == lines{"started"});
    CHECK_FALSE(tale.owed());
    CHECK(tale.hears("saga.ended") == lines{"heard saga.ended", "intends cancel-delivery delivery-o1"});
    CHECK(tale.is_done() == lines{"done cancel-delivery", "intends pay-back payment-o1"});
    CHECK(tale.is_done() == lines{"done pay-back", "intends give-back stock-tv"});
    CHECK(tale.is_done() == lines{"done give-back", "intends give-back stock-mat"});
    CHECK(tale.is_done() == lines{"done give-back", "intends cancel order-o1"});
    CHECK(tale.is_done() == lines{"done cancel", "ended completed"});
}

TEST_CASE("a fulfilment that had ended before answers by ignoring the request") {
    auto tale = requested();
    CHECK(tale.hears("saga.ignored") == lines{"heard saga.ended", "intends cancel-delivery delivery-o1"});
}

TEST_CASE("an order that was delivered stands, and what fulfilment left undone is done") {
    auto tale = requested();
    tale.hears("saga.ended");
    CHECK(tale.is_refused("already-delivered") ==
          lines{"refused cancel-delivery already-delivered", "turned already-delivered", "intends commit stock-tv"});
    CHECK(tale.is_done() == lines{"done commit", "intends commit stock-mat"});
    CHECK(tale.is_done() == lines{"done commit", "intends capture payment-o1"});
    CHECK(tale.is_done() == lines{"done capture", "intends complete order-o1"});
    CHECK(tale.is_done() == lines{"done complete", "ended refused already-delivered"});
}

TEST_CASE("money that is owed back is asked for again for a day") {
    auto tale = requested();
    tale.hears("saga.ended");
    tale.is_done();
    std::uint32_t attempts = 1;
    const auto id = tale.owed()->command_id;
    for (; !tale.state().parked && attempts < 100; ++attempts) {
        tale.is_unknown();
        tale.passes(3'600'000);
        if (tale.owed()) CHECK(tale.owed()->command_id == id);
    }
    CHECK(tale.state().parked);
    CHECK(attempts > 20);
}

TEST_CASE("a refund that is declined waits for an operator") {
    auto tale = requested();
    tale.hears("saga.ended");
    tale.is_done();
    CHECK(tale.is_refused("provider-declined") ==
          lines{"refused pay-back provider-declined", "parked pay-back provider-declined"});
}

TEST_CASE("a second answer of fulfilment is ignored, and one that nobody waits for is no message") {
    auto tale = requested();
    tale.hears("saga.ended");
    CHECK(tale.hears("saga.ignored") == lines{"ignored saga.ended: heard already"});
    CHECK(Tale::of<Cancellation>({}).hears("saga.ended").empty());
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
