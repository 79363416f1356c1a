#include "sagas/fulfilment.hpp"

#include "tests/sagas/saga_scenario.hpp"

#include <doctest/doctest.h>

namespace sillok::saga {
namespace {

SagaScenario one_line() { return given<Fulfilment>({{"tv", 3}}); }
SagaScenario three_lines() { return given<Fulfilment>({{"tv", 3}, {"mat", 1}, {"pen", 9}}); }

// Up to the delivery being prepared.
SagaScenario prepared(SagaScenario saga) {
    saga.when_received("order.placed");
    while (saga.pending_intent()) saga.when_done();
    return saga;
}
SagaScenario delivering(SagaScenario saga) {
    saga = prepared(std::move(saga));
    saga.when_received("delivery.started");
    while (saga.pending_intent()) saga.when_done();
    return saga;
}
SagaScenario completed(SagaScenario saga) {
    saga = delivering(std::move(saga));
    saga.when_received("delivery.completed");
    saga.when_done();
    return saga;
}

// The command that follows from the state, in words.
std::string next_intent(const State& state) {
    auto action = advance(state, DecisionContext{Timestamp{1'000'000}, 17});
    return told(std::get<action::Record>(action).event);
}

TEST_CASE("every step of a fulfilment follows the one before it") {
    auto saga = one_line();
    CHECK(saga.when_received("order.placed") == then{"started", "intends reserve stock-tv"});
    CHECK(saga.when_done() == then{"done reserve", "intends authorise payment-o1"});
    CHECK(saga.when_done() == then{"done authorise", "intends confirm order-o1"});
    CHECK(saga.when_done() == then{"done confirm", "intends prepare delivery-o1"});
    CHECK(saga.when_done() == then{"done prepare"});
    CHECK(saga.when_received("delivery.started") == then{"heard delivery.started", "intends commit stock-tv"});
    CHECK(saga.when_done() == then{"done commit", "intends capture payment-o1"});
    CHECK(saga.when_done() == then{"done capture"});
    CHECK(saga.when_received("delivery.completed") == then{"heard delivery.completed", "intends complete order-o1"});
    CHECK(saga.when_done() == then{"done complete", "ended completed"});
    CHECK_FALSE(saga.pending_intent());
}

TEST_CASE("every product of an order is reserved, in the order's own order") {
    auto saga = three_lines();
    CHECK(saga.when_received("order.placed") == then{"started", "intends reserve stock-tv"});
    CHECK(saga.when_done() == then{"done reserve", "intends reserve stock-mat"});
    CHECK(saga.when_done() == then{"done reserve", "intends reserve stock-pen"});
    CHECK(saga.when_done() == then{"done reserve", "intends authorise payment-o1"});
}

TEST_CASE("lines of the same product are reserved together") {
    const std::vector<Item> lines{{ProductId{"a"}, {1}}, {ProductId{"b"}, {2}}, {ProductId{"a"}, {3}}};
    CHECK(summed(lines) == std::vector<Item>{{ProductId{"a"}, {4}}, {ProductId{"b"}, {2}}});
    CHECK(summed({}).empty());
}

TEST_CASE("stock that is short on a line releases the lines before it, the last one first") {
    auto saga = three_lines();
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_done();
    CHECK(saga.when_refused("insufficient-stock") ==
          then{"refused reserve insufficient-stock", "turned insufficient-stock", "undoes reserve stock-mat"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes reserve stock-tv"});
    CHECK(saga.when_done() == then{"undone reserve", "intends reject order-o1"});
    CHECK(saga.when_done() == then{"done reject", "ended compensated insufficient-stock"});
}

TEST_CASE("stock that is short on the first line leaves nothing to undo") {
    auto saga = one_line();
    saga.when_received("order.placed");
    CHECK(saga.when_refused("insufficient-stock") ==
          then{"refused reserve insufficient-stock", "turned insufficient-stock", "intends reject order-o1"});
    CHECK(saga.when_done() == then{"done reject", "ended refused insufficient-stock"});
}

TEST_CASE("a declined payment releases the stock in reverse and rejects the order") {
    auto saga = three_lines();
    saga.when_received("order.placed");
    for (int i = 0; i < 3; ++i) saga.when_done();
    CHECK(saga.when_refused("payment-declined") ==
          then{"refused authorise payment-declined", "turned payment-declined", "undoes reserve stock-pen"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes reserve stock-mat"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes reserve stock-tv"});
    CHECK(saga.when_done() == then{"undone reserve", "intends reject order-o1"});
    CHECK(saga.when_done() == then{"done reject", "ended compensated payment-declined"});
}

TEST_CASE("a refused confirmation releases the stock before it voids the payment") {
    auto saga = one_line();
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_done();
    CHECK(saga.when_refused("order-unknown") ==
          then{"refused confirm order-unknown", "turned order-unknown", "undoes reserve stock-tv"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes authorise payment-o1"});
    CHECK(saga.when_done() == then{"undone authorise", "intends reject order-o1"});
}

TEST_CASE("an authorisation without a response is repeated under its id, then queried, then parked") {
    auto saga = one_line();
    saga.when_received("order.placed");
    saga.when_done();
    const auto id = saga.pending_intent()->command_id;
    for (std::uint32_t attempt = 1; attempt < 8; ++attempt) {
        CHECK(saga.when_unanswered() == then{"unknown authorise"});
        CHECK(saga.pending_intent()->command_id == id);
        CHECK(saga.waits_until() > saga.now());
        CHECK(saga.when_time_passes(0).empty());
        CHECK(saga.when_time_passes(10'000) ==
              then{(attempt < 6 ? "intends" : "asks about") + std::string{" authorise payment-o1 again ("} +
                   std::to_string(attempt + 1) + ")"});
        CHECK(saga.pending_intent()->command_id == id);
        CHECK_FALSE(saga.waits_until());
    }
    CHECK(saga.when_unanswered() == then{"unknown authorise"});
    CHECK(saga.when_time_passes(10'000) == then{"asks about authorise payment-o1 again (9)"});
    CHECK(saga.pending_intent()->query);
    CHECK(saga.when_unanswered() == then{"unknown authorise", "parked authorise outcome-unknown"});
    CHECK_FALSE(saga.pending_intent());
    CHECK(saga.when_time_passes(1'000'000).empty());
}

TEST_CASE("an expired saga releases its stock first, then voids the payment") {
    auto saga = one_line();
    saga.given_expiry_after(900'000);
    saga.when_received("order.placed");
    saga.when_done();
    saga.given_provider_unavailable(true);
    saga.when_unanswered();
    CHECK(saga.when_time_passes(899'999) == then{"intends authorise payment-o1 again (2)"});
    // The provider may never respond, so the release does not wait for it.
    CHECK(saga.when_time_passes(1) == then{"turned reservation-expired", "undoes reserve stock-tv"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes authorise payment-o1"});
    CHECK(saga.when_unanswered() == then{"unknown authorise"});
    CHECK(saga.when_time_passes(10'000) == then{"undoes authorise payment-o1 again (2)"});
    CHECK(saga.when_done() == then{"undone authorise", "intends reject order-o1"});
    CHECK(saga.when_done() == then{"done reject", "ended compensated reservation-expired"});
}

TEST_CASE("an expired saga releases several products in reverse, before the payment") {
    auto saga = given<Fulfilment>({{"tv", 3}, {"mat", 1}});
    saga.given_expiry_after(1'000);
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_done();
    CHECK(saga.when_time_passes(1'000) == then{"turned reservation-expired", "undoes reserve stock-mat"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes reserve stock-tv"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes authorise payment-o1"});
    CHECK(saga.when_done() == then{"undone authorise", "intends reject order-o1"});
}

TEST_CASE("a parked saga expires, and so does one that is being cancelled") {
    auto parked = one_line();
    parked.given_expiry_after(900'000);
    parked.when_received("order.placed");
    parked.when_done();
    for (int attempt = 1; attempt <= 8; ++attempt) {
        parked.when_unanswered();
        parked.when_time_passes(10'000);
    }
    parked.when_unanswered();
    REQUIRE(parked.state().parked);
    CHECK(parked.when_time_passes(900'000) == then{"turned reservation-expired", "undoes reserve stock-tv"});
    CHECK_FALSE(parked.state().parked);

    auto cancelled = one_line();
    cancelled.given_expiry_after(900'000);
    cancelled.when_received("order.placed");
    cancelled.when_done();
    cancelled.when_received("order.cancellationRequested");
    CHECK(cancelled.when_time_passes(900'000) == then{"turned reservation-expired", "undoes reserve stock-tv"});
    CHECK(cancelled.when_done() == then{"undone reserve", "undoes authorise payment-o1"});
    CHECK(cancelled.when_done() == then{"undone authorise", "ended compensated reservation-expired"});
}

TEST_CASE("a saga does not expire once its confirmation may have happened") {
    auto saga = one_line();
    saga.given_expiry_after(1'000);
    saga.when_received("order.placed");
    saga.when_done();
    CHECK(saga.when_done() == then{"done authorise", "intends confirm order-o1"});
    CHECK(saga.when_time_passes(1'000'000).empty());
    CHECK(saga.when_done() == then{"done confirm", "intends prepare delivery-o1"});
    CHECK(saga.when_time_passes(1'000'000).empty());
}

TEST_CASE("an operator can skip a compensation of an expired saga") {
    auto saga = one_line();
    saga.given_expiry_after(1'000);
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_time_passes(1'000);
    saga.when_done();
    saga.when_unanswered();
    CHECK(saga.when_operator({OperatorAction::skip, "authorise", "called them", "never charged"}) ==
          then{"skip authorise: never charged", "intends reject order-o1"});
}

TEST_CASE("while the breaker is open neither attempts nor deadlines count") {
    auto saga = one_line();
    saga.when_received("order.placed");
    saga.when_done();
    saga.given_provider_unavailable(true);
    for (std::uint32_t attempt = 1; attempt < 30; ++attempt) {
        CHECK(saga.when_unanswered() == then{"unknown authorise"});
        CHECK(saga.when_time_passes(600'000) ==
              then{"intends authorise payment-o1 again (" + std::to_string(attempt + 1) + ")"});
    }
    // After it has closed they count again.
    saga.given_provider_unavailable(false);
    CHECK(saga.when_unanswered() == then{"unknown authorise"});
    CHECK(saga.when_time_passes(10'000) == then{"asks about authorise payment-o1 again (31)"});
    CHECK(saga.when_unanswered() == then{"unknown authorise", "parked authorise outcome-unknown"});
}

TEST_CASE("a deadline that passed while the breaker was open restarts") {
    auto saga = one_line();
    saga.when_received("order.placed");
    saga.when_done();
    saga.given_provider_unavailable(true);
    saga.when_time_passes(3'600'000);
    saga.given_provider_unavailable(false);
    CHECK(saga.when_unanswered() == then{"unknown authorise"});
    CHECK(saga.when_time_passes(10'000) == then{"intends authorise payment-o1 again (2)"});
    CHECK(saga.when_unanswered() == then{"unknown authorise"});
    CHECK(saga.when_time_passes(60'000) == then{"asks about authorise payment-o1 again (3)"});
}

TEST_CASE("a late authorisation continues as an immediate one does") {
    auto saga = one_line();
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_unanswered();
    saga.when_time_passes(10'000);
    CHECK(saga.when_done() == then{"done authorise", "intends confirm order-o1"});
}

TEST_CASE("a cancellation stops a fulfilment wherever it waits") {
    auto waiting = prepared(one_line());
    CHECK(waiting.when_received("order.cancellationRequested") ==
          then{"heard order.cancellationRequested", "ended stopped cancellation-requested"});
    auto shipping = delivering(one_line());
    CHECK(shipping.when_received("order.cancellationRequested") ==
          then{"heard order.cancellationRequested", "ended stopped cancellation-requested"});
}

TEST_CASE("a cancellation waits for the current command, and no other begins") {
    auto saga = three_lines();
    saga.when_received("order.placed");
    CHECK(saga.when_received("order.cancellationRequested") == then{"heard order.cancellationRequested"});
    CHECK(saga.when_done() == then{"done reserve", "ended stopped cancellation-requested"});
}

TEST_CASE("a refusal of a cancelled order needs no rejection") {
    auto saga = one_line();
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_received("order.cancellationRequested");
    CHECK(saga.when_refused("payment-declined") ==
          then{"refused authorise payment-declined", "ended stopped payment-declined"});
}

TEST_CASE("a fulfilment that waits for its next attempt stops at once: the cancellation asks what became of the last") {
    auto saga = one_line();
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_unanswered();
    CHECK(saga.when_received("order.cancellationRequested") ==
          then{"heard order.cancellationRequested", "ended stopped cancellation-requested"});

    auto asked = one_line();
    asked.when_received("order.placed");
    asked.when_done();
    CHECK(asked.when_received("order.cancellationRequested") == then{"heard order.cancellationRequested"});
    CHECK(asked.when_unanswered() == then{"unknown authorise", "ended stopped cancellation-requested"});
}

TEST_CASE("a parked fulfilment stops when the order is cancelled, and turns when the goods come back") {
    const auto parked_at_capture = [] {
        auto saga = prepared(one_line());
        saga.when_received("delivery.started");
        saga.when_done();
        CHECK(saga.when_refused("provider-declined") ==
              then{"refused capture provider-declined", "parked capture provider-declined"});
        return saga;
    };
    CHECK(parked_at_capture().when_received("order.cancellationRequested") ==
          then{"heard order.cancellationRequested", "ended stopped cancellation-requested"});
    CHECK(parked_at_capture().when_received("delivery.returned") ==
          then{"heard delivery.returned", "turned delivery-returned", "undoes reserve stock-tv"});
}

TEST_CASE("goods that come back do not wait for a capture without a response") {
    auto saga = prepared(one_line());
    saga.when_received("delivery.started");
    saga.when_done();
    saga.when_unanswered();
    CHECK(saga.when_received("delivery.returned") ==
          then{"heard delivery.returned", "turned delivery-returned", "undoes reserve stock-tv"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes authorise payment-o1"});
}

TEST_CASE("a confirmation that is refused because the order is being cancelled stops the fulfilment") {
    auto saga = one_line();
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_done();
    CHECK(saga.when_refused("cancellation-requested") ==
          then{"refused confirm cancellation-requested", "ended stopped cancellation-requested"});
    CHECK(saga.when_received("order.cancellationRequested") ==
          then{"ignored order.cancellationRequested: ended already"});
}

TEST_CASE("a cancellation during compensation lets it finish, and the order is not rejected") {
    auto saga = three_lines();
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_done();
    saga.when_refused("insufficient-stock");
    CHECK(saga.when_received("order.cancellationRequested") == then{"heard order.cancellationRequested"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes reserve stock-tv"});
    CHECK(saga.when_done() == then{"undone reserve", "ended compensated insufficient-stock"});
}

TEST_CASE("a rejection after a cancellation leaves the order to the cancellation") {
    auto saga = one_line();
    saga.when_received("order.placed");
    saga.when_refused("insufficient-stock");
    CHECK(saga.when_refused("cancellation-requested") ==
          then{"refused reject cancellation-requested", "ended stopped cancellation-requested"});
}

TEST_CASE("returned goods are put back, then refunded, then the order says so") {
    auto saga = delivering(three_lines());
    CHECK(saga.when_received("delivery.returned") ==
          then{"heard delivery.returned", "turned delivery-returned", "undoes reserve stock-pen"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes reserve stock-mat"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes reserve stock-tv"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes authorise payment-o1"});
    CHECK(saga.when_done() == then{"undone authorise", "intends return order-o1"});
    CHECK(saga.when_done() == then{"done return", "ended compensated delivery-returned"});
}

TEST_CASE("a compensation that an older program began goes on by the rules of its time") {
    auto journal = delivering(one_line()).journal();
    std::get<event::Started>(journal.front()).definition_version = 1;
    State state{Fulfilment::definition()};
    for (const auto& event : journal) state = evolve(std::move(state), event);
    state = evolve(std::move(state), event::TriggerReceived{Position{90}, "delivery.returned"});
    auto begun_now = evolve(state, event::CompensationStarted{"delivery-returned", {}, 2});
    auto begun_then = evolve(state, event::CompensationStarted{"delivery-returned", {}, 0});
    CHECK(next_intent(begun_now) == "undoes reserve stock-tv");
    CHECK(next_intent(begun_then) == "undoes authorise payment-o1");
}

TEST_CASE("returned goods reopen a completed fulfilment") {
    auto saga = completed(one_line());
    CHECK(saga.when_received("delivery.returned") ==
          then{"reopened delivery.returned", "turned delivery-returned", "undoes reserve stock-tv"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes authorise payment-o1"});
    CHECK(saga.when_done() == then{"undone authorise", "intends return order-o1"});
    CHECK(saga.when_done() == then{"done return", "ended compensated delivery-returned"});
    CHECK(saga.when_received("delivery.returned") == then{"ignored delivery.returned: heard already"});
}

TEST_CASE("a fulfilment that was stopped goes on if the cancellation is refused: the goods have arrived") {
    auto saga = prepared(one_line());
    saga.when_received("order.cancellationRequested");
    CHECK(saga.when_received("order.cancellationRefused") == then{"ignored order.cancellationRefused: ended already"});
    saga.given_order_stands();
    CHECK(saga.when_received("order.cancellationRefused") ==
          then{"reopened order.cancellationRefused", "intends commit stock-tv"});
    CHECK(saga.when_done() == then{"done commit", "intends capture payment-o1"});
    CHECK(saga.when_done() == then{"done capture", "intends complete order-o1"});
    CHECK(saga.when_done() == then{"done complete", "ended completed"});
    CHECK(saga.when_received("order.cancellationRefused") == then{"ignored order.cancellationRefused: ended already"});
}

TEST_CASE("steps whose event was received are done before returned goods are undone") {
    auto saga = prepared(one_line());
    saga.when_received("delivery.started");
    CHECK(saga.when_received("delivery.completed") == then{"heard delivery.completed"});
    CHECK(saga.when_received("delivery.returned") == then{"heard delivery.returned"});
    CHECK(saga.when_done() == then{"done commit", "intends capture payment-o1"});
    CHECK(saga.when_done() == then{"done capture", "intends complete order-o1"});
    CHECK(saga.when_done() == then{"done complete", "turned delivery-returned", "undoes reserve stock-tv"});
}

TEST_CASE("a refusal after the pivot parks a fulfilment") {
    auto saga = prepared(one_line());
    saga.when_received("delivery.started");
    CHECK(saga.when_refused("reservation-unknown") ==
          then{"refused commit reservation-unknown", "parked commit reservation-unknown"});
    CHECK(saga.when_received("delivery.completed") == then{"heard delivery.completed"});
    CHECK_FALSE(saga.pending_intent());
}

TEST_CASE("a compensation that is refused parks the saga with the step and the reason") {
    auto saga = one_line();
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_done();
    saga.when_refused("order-unknown");
    saga.when_done();
    CHECK(saga.when_refused("provider-declined") ==
          then{"refused authorise provider-declined", "parked authorise provider-declined"});
}

TEST_CASE("late, repeated and unexpected events are recorded as ignored") {
    auto ended = completed(one_line());
    CHECK(ended.when_received("delivery.started") == then{"ignored delivery.started: heard already"});
    CHECK(ended.when_received("order.cancellationRequested") ==
          then{"ignored order.cancellationRequested: ended already"});
    CHECK(ended.when_received("order.placed") == then{"ignored order.placed: started already"});
    auto absent = one_line();
    CHECK(absent.when_received("delivery.started") == then{"ignored delivery.started: nothing has started this saga"});
    auto stopped = prepared(one_line());
    stopped.when_received("order.cancellationRequested");
    CHECK(stopped.when_received("delivery.returned") == then{"ignored delivery.returned: ended already"});
}

TEST_CASE("an event that is read again changes nothing") {
    auto saga = one_line();
    saga.when_received("order.placed");
    CHECK(saga.when_received_again("order.placed").empty());
    saga = delivering(one_line());
    CHECK(saga.when_received_again("delivery.started").empty());
    saga.when_received("delivery.started");
    CHECK(saga.when_received_again("delivery.started").empty());
}

TEST_CASE("command ids tell instance, step, direction and product apart, and nothing else") {
    auto saga = three_lines();
    saga.when_received("order.placed");
    const auto reserve_tv = saga.pending_intent()->command_id;
    saga.when_done();
    const auto reserve_mat = saga.pending_intent()->command_id;
    saga.when_done();
    saga.when_refused("insufficient-stock");
    const auto release_mat = saga.pending_intent()->command_id;
    CHECK(reserve_tv != reserve_mat);
    CHECK(reserve_mat != release_mat);
    auto same = three_lines();
    same.when_received("order.placed");
    CHECK(same.pending_intent()->command_id == reserve_tv);
}

}  // namespace
}  // namespace sillok::saga
