#include "sagas/fulfilment.hpp"

#include "tests/sagas/tale.hpp"

#include <doctest/doctest.h>

namespace sillok::saga {
namespace {

Tale one_line() { return Tale::of<Fulfilment>({{"tv", 3}}); }
Tale three_lines() { return Tale::of<Fulfilment>({{"tv", 3}, {"mat", 1}, {"pen", 9}}); }

// Up to the delivery being prepared.
Tale prepared(Tale tale) {
    tale.hears("order.placed");
    while (tale.owed()) tale.is_done();
    return tale;
}
Tale delivering(Tale tale) {
    tale = prepared(std::move(tale));
    tale.hears("delivery.started");
    while (tale.owed()) tale.is_done();
    return tale;
}
Tale completed(Tale tale) {
    tale = delivering(std::move(tale));
    tale.hears("delivery.completed");
    tale.is_done();
    return tale;
}

TEST_CASE("every step of a fulfilment follows the one before it") {
    auto tale = one_line();
    CHECK(tale.hears("order.placed") == lines{"started", "intends reserve stock-tv"});
    CHECK(tale.is_done() == lines{"done reserve", "intends authorise payment-o1"});
    CHECK(tale.is_done() == lines{"done authorise", "intends confirm order-o1"});
    CHECK(tale.is_done() == lines{"done confirm", "intends prepare delivery-o1"});
    CHECK(tale.is_done() == lines{"done prepare"});
    CHECK(tale.hears("delivery.started") == lines{"heard delivery.started", "intends commit stock-tv"});
    CHECK(tale.is_done() == lines{"done commit", "intends capture payment-o1"});
    CHECK(tale.is_done() == lines{"done capture"});
    CHECK(tale.hears("delivery.completed") == lines{"heard delivery.completed", "intends complete order-o1"});
    CHECK(tale.is_done() == lines{"done complete", "ended completed"});
    CHECK_FALSE(tale.owed());
}

TEST_CASE("every product of an order is reserved, in the order's own order") {
    auto tale = three_lines();
    CHECK(tale.hears("order.placed") == lines{"started", "intends reserve stock-tv"});
    CHECK(tale.is_done() == lines{"done reserve", "intends reserve stock-mat"});
    CHECK(tale.is_done() == lines{"done reserve", "intends reserve stock-pen"});
    CHECK(tale.is_done() == lines{"done reserve", "intends authorise payment-o1"});
}

TEST_CASE("lines of the same product are reserved together") {
    const std::vector<Item> lines{{ProductId{"a"}, {1}}, {ProductId{"b"}, {2}}, {ProductId{"a"}, {3}}};
    CHECK(summed(lines) == std::vector<Item>{{ProductId{"a"}, {4}}, {ProductId{"b"}, {2}}});
    CHECK(summed({}).empty());
}

TEST_CASE("stock that is short on a line releases the lines before it, the last one first") {
    auto tale = three_lines();
    tale.hears("order.placed");
    tale.is_done();
    tale.is_done();
    CHECK(tale.is_refused("insufficient-stock") ==
          lines{"refused reserve insufficient-stock", "turned insufficient-stock", "undoes reserve stock-mat"});
    CHECK(tale.is_done() == lines{"undone reserve", "undoes reserve stock-tv"});
    CHECK(tale.is_done() == lines{"undone reserve", "intends reject order-o1"});
    CHECK(tale.is_done() == lines{"done reject", "ended compensated insufficient-stock"});
}

TEST_CASE("stock that is short on the first line leaves nothing to undo") {
    auto tale = one_line();
    tale.hears("order.placed");
    CHECK(tale.is_refused("insufficient-stock") ==
          lines{"refused reserve insufficient-stock", "turned insufficient-stock", "intends reject order-o1"});
    CHECK(tale.is_done() == lines{"done reject", "ended refused insufficient-stock"});
}

TEST_CASE("a declined payment releases the stock in reverse and rejects the order") {
    auto tale = three_lines();
    tale.hears("order.placed");
    for (int i = 0; i < 3; ++i) tale.is_done();
    CHECK(tale.is_refused("payment-declined") ==
          lines{"refused authorise payment-declined", "turned payment-declined", "undoes reserve stock-pen"});
    CHECK(tale.is_done() == lines{"undone reserve", "undoes reserve stock-mat"});
    CHECK(tale.is_done() == lines{"undone reserve", "undoes reserve stock-tv"});
    CHECK(tale.is_done() == lines{"undone reserve", "intends reject order-o1"});
    CHECK(tale.is_done() == lines{"done reject", "ended compensated payment-declined"});
}

TEST_CASE("a refused confirmation voids the payment before it releases the stock") {
    auto tale = one_line();
    tale.hears("order.placed");
    tale.is_done();
    tale.is_done();
    CHECK(tale.is_refused("order-unknown") ==
          lines{"refused confirm order-unknown", "turned order-unknown", "undoes authorise payment-o1"});
    CHECK(tale.is_done() == lines{"undone authorise", "undoes reserve stock-tv"});
    CHECK(tale.is_done() == lines{"undone reserve", "intends reject order-o1"});
}

TEST_CASE("an unknown authorisation is asked for again under the same id, then asked about, then parked") {
    auto tale = one_line();
    tale.hears("order.placed");
    tale.is_done();
    const auto id = tale.owed()->command_id;
    for (std::uint32_t attempt = 1; attempt < 8; ++attempt) {
        CHECK(tale.is_unknown() == lines{"unknown authorise"});
        CHECK(tale.owed()->command_id == id);
        CHECK(tale.owed()->not_before > tale.now());
        CHECK(tale.passes(0).empty());
        CHECK(tale.passes(10'000) ==
              lines{(attempt < 6 ? "intends" : "asks about") + std::string{" authorise payment-o1 again ("} +
                    std::to_string(attempt + 1) + ")"});
        CHECK(tale.owed()->command_id == id);
        CHECK(tale.owed()->not_before.value == 0);
    }
    CHECK(tale.is_unknown() == lines{"unknown authorise"});
    CHECK(tale.passes(10'000) == lines{"asks about authorise payment-o1 again (9)"});
    CHECK(tale.owed()->query);
    CHECK(tale.is_unknown() == lines{"unknown authorise", "parked authorise outcome-unknown"});
    CHECK_FALSE(tale.owed());
    CHECK(tale.passes(1'000'000).empty());
}

TEST_CASE("when its time has run out, what is reserved is given back first, then the payment is given up") {
    auto tale = one_line();
    tale.has_time(900'000);
    tale.hears("order.placed");
    tale.is_done();
    tale.provider_is_spared(true);
    tale.is_unknown();
    CHECK(tale.passes(899'999) == lines{"intends authorise payment-o1 again (2)"});
    // The provider may never answer: that is not waited for.
    CHECK(tale.passes(1) == lines{"turned reservation-expired", "undoes reserve stock-tv"});
    CHECK(tale.is_done() == lines{"undone reserve", "undoes authorise payment-o1"});
    CHECK(tale.is_unknown() == lines{"unknown authorise"});
    CHECK(tale.passes(10'000) == lines{"undoes authorise payment-o1 again (2)"});
    CHECK(tale.is_done() == lines{"undone authorise", "intends reject order-o1"});
    CHECK(tale.is_done() == lines{"done reject", "ended compensated reservation-expired"});
}

TEST_CASE("several products whose time has run out are given back in reverse, before the payment") {
    auto tale = Tale::of<Fulfilment>({{"tv", 3}, {"mat", 1}});
    tale.has_time(1'000);
    tale.hears("order.placed");
    tale.is_done();
    tale.is_done();
    CHECK(tale.passes(1'000) == lines{"turned reservation-expired", "undoes reserve stock-mat"});
    CHECK(tale.is_done() == lines{"undone reserve", "undoes reserve stock-tv"});
    CHECK(tale.is_done() == lines{"undone reserve", "undoes authorise payment-o1"});
    CHECK(tale.is_done() == lines{"undone authorise", "intends reject order-o1"});
}

TEST_CASE("a parked saga's time runs out, too, and so does that of one that is being cancelled") {
    auto parked = one_line();
    parked.has_time(900'000);
    parked.hears("order.placed");
    parked.is_done();
    for (int attempt = 1; attempt <= 8; ++attempt) {
        parked.is_unknown();
        parked.passes(10'000);
    }
    parked.is_unknown();
    REQUIRE(parked.state().parked);
    CHECK(parked.passes(900'000) == lines{"turned reservation-expired", "undoes reserve stock-tv"});
    CHECK_FALSE(parked.state().parked);

    auto cancelled = one_line();
    cancelled.has_time(900'000);
    cancelled.hears("order.placed");
    cancelled.is_done();
    cancelled.hears("order.cancellationRequested");
    CHECK(cancelled.passes(900'000) == lines{"turned reservation-expired", "undoes reserve stock-tv"});
    CHECK(cancelled.is_done() == lines{"undone reserve", "undoes authorise payment-o1"});
    CHECK(cancelled.is_done() == lines{"undone authorise", "ended compensated reservation-expired"});
}

TEST_CASE("a confirmation that may have happened is not overtaken by the time, nor anything after it") {
    auto tale = one_line();
    tale.has_time(1'000);
    tale.hears("order.placed");
    tale.is_done();
    CHECK(tale.is_done() == lines{"done authorise", "intends confirm order-o1"});
    CHECK(tale.passes(1'000'000).empty());
    CHECK(tale.is_done() == lines{"done confirm", "intends prepare delivery-o1"});
    CHECK(tale.passes(1'000'000).empty());
}

TEST_CASE("an operator can skip what cannot be undone of a saga whose time has run out") {
    auto tale = one_line();
    tale.has_time(1'000);
    tale.hears("order.placed");
    tale.is_done();
    tale.passes(1'000);
    tale.is_done();
    tale.is_unknown();
    CHECK(tale.intervenes({OperatorAction::skip, "authorise", "called them", "never charged"}) ==
          lines{"skip authorise: never charged", "intends reject order-o1"});
}

TEST_CASE("while the provider is spared nobody gives up: neither attempts nor deadlines count") {
    auto tale = one_line();
    tale.hears("order.placed");
    tale.is_done();
    tale.provider_is_spared(true);
    for (std::uint32_t attempt = 1; attempt < 30; ++attempt) {
        CHECK(tale.is_unknown() == lines{"unknown authorise"});
        CHECK(tale.passes(600'000) ==
              lines{"intends authorise payment-o1 again (" + std::to_string(attempt + 1) + ")"});
    }
    // Afterwards it is asked about as ever.
    tale.provider_is_spared(false);
    CHECK(tale.is_unknown() == lines{"unknown authorise"});
    CHECK(tale.passes(10'000) == lines{"asks about authorise payment-o1 again (31)"});
    CHECK(tale.is_unknown() == lines{"unknown authorise", "parked authorise outcome-unknown"});
}

TEST_CASE("a deadline that passed while the provider was spared begins anew") {
    auto tale = one_line();
    tale.hears("order.placed");
    tale.is_done();
    tale.provider_is_spared(true);
    tale.passes(3'600'000);
    tale.provider_is_spared(false);
    CHECK(tale.is_unknown() == lines{"unknown authorise"});
    CHECK(tale.passes(10'000) == lines{"intends authorise payment-o1 again (2)"});
    CHECK(tale.is_unknown() == lines{"unknown authorise"});
    CHECK(tale.passes(60'000) == lines{"asks about authorise payment-o1 again (3)"});
}

TEST_CASE("an authorisation that becomes known goes on as if it had answered at once") {
    auto tale = one_line();
    tale.hears("order.placed");
    tale.is_done();
    tale.is_unknown();
    tale.passes(10'000);
    CHECK(tale.is_done() == lines{"done authorise", "intends confirm order-o1"});
}

TEST_CASE("a cancellation stops a fulfilment wherever it waits") {
    auto waiting = prepared(one_line());
    CHECK(waiting.hears("order.cancellationRequested") ==
          lines{"heard order.cancellationRequested", "ended stopped cancellation-requested"});
    auto shipping = delivering(one_line());
    CHECK(shipping.hears("order.cancellationRequested") ==
          lines{"heard order.cancellationRequested", "ended stopped cancellation-requested"});
}

TEST_CASE("a cancellation lets the command under way be settled, and begins no other") {
    auto tale = three_lines();
    tale.hears("order.placed");
    CHECK(tale.hears("order.cancellationRequested") == lines{"heard order.cancellationRequested"});
    CHECK(tale.is_done() == lines{"done reserve", "ended stopped cancellation-requested"});
}

TEST_CASE("what a cancelled order was refused needs no rejection any more") {
    auto tale = one_line();
    tale.hears("order.placed");
    tale.is_done();
    tale.hears("order.cancellationRequested");
    CHECK(tale.is_refused("payment-declined") ==
          lines{"refused authorise payment-declined", "ended stopped payment-declined"});
}

TEST_CASE("an unknown authorisation of a cancelled order is asked about, not sent again") {
    auto tale = one_line();
    tale.hears("order.placed");
    tale.is_done();
    tale.is_unknown();
    CHECK(tale.hears("order.cancellationRequested") == lines{"heard order.cancellationRequested"});
    CHECK(tale.passes(10'000) == lines{"asks about authorise payment-o1 again (2)"});
    CHECK(tale.is_unknown() == lines{"unknown authorise"});
    CHECK(tale.passes(10'000) == lines{"asks about authorise payment-o1 again (3)"});
    CHECK(tale.is_done() == lines{"done authorise", "ended stopped cancellation-requested"});
}

TEST_CASE("a confirmation that is refused because the order is being cancelled stops the fulfilment") {
    auto tale = one_line();
    tale.hears("order.placed");
    tale.is_done();
    tale.is_done();
    CHECK(tale.is_refused("cancellation-requested") ==
          lines{"refused confirm cancellation-requested", "ended stopped cancellation-requested"});
    CHECK(tale.hears("order.cancellationRequested") == lines{"ignored order.cancellationRequested: ended already"});
}

TEST_CASE("a cancellation during the undoing lets it finish, and the rejection is left out") {
    auto tale = three_lines();
    tale.hears("order.placed");
    tale.is_done();
    tale.is_done();
    tale.is_refused("insufficient-stock");
    CHECK(tale.hears("order.cancellationRequested") == lines{"heard order.cancellationRequested"});
    CHECK(tale.is_done() == lines{"undone reserve", "undoes reserve stock-tv"});
    CHECK(tale.is_done() == lines{"undone reserve", "ended compensated insufficient-stock"});
}

TEST_CASE("a rejection that comes after a cancellation leaves the order to it") {
    auto tale = one_line();
    tale.hears("order.placed");
    tale.is_refused("insufficient-stock");
    CHECK(tale.is_refused("cancellation-requested") ==
          lines{"refused reject cancellation-requested", "ended stopped cancellation-requested"});
}

TEST_CASE("goods that come back are put back, and paid back first") {
    auto tale = delivering(three_lines());
    CHECK(tale.hears("delivery.returned") ==
          lines{"heard delivery.returned", "turned delivery-returned", "undoes authorise payment-o1"});
    CHECK(tale.is_done() == lines{"undone authorise", "undoes reserve stock-pen"});
    CHECK(tale.is_done() == lines{"undone reserve", "undoes reserve stock-mat"});
    CHECK(tale.is_done() == lines{"undone reserve", "undoes reserve stock-tv"});
    CHECK(tale.is_done() == lines{"undone reserve", "ended compensated delivery-returned"});
}

TEST_CASE("goods that come back after the fulfilment was completed reopen it") {
    auto tale = completed(one_line());
    CHECK(tale.hears("delivery.returned") ==
          lines{"reopened delivery.returned", "turned delivery-returned", "undoes authorise payment-o1"});
    CHECK(tale.is_done() == lines{"undone authorise", "undoes reserve stock-tv"});
    CHECK(tale.is_done() == lines{"undone reserve", "ended compensated delivery-returned"});
    CHECK(tale.hears("delivery.returned") == lines{"ignored delivery.returned: heard already"});
}

TEST_CASE("what has been heard is done before goods that came back are undone") {
    auto tale = prepared(one_line());
    tale.hears("delivery.started");
    CHECK(tale.hears("delivery.completed") == lines{"heard delivery.completed"});
    CHECK(tale.hears("delivery.returned") == lines{"heard delivery.returned"});
    CHECK(tale.is_done() == lines{"done commit", "intends capture payment-o1"});
    CHECK(tale.is_done() == lines{"done capture", "intends complete order-o1"});
    CHECK(tale.is_done() == lines{"done complete", "turned delivery-returned", "undoes authorise payment-o1"});
}

TEST_CASE("a refusal after the pivot is nothing that a fulfilment can answer") {
    auto tale = prepared(one_line());
    tale.hears("delivery.started");
    CHECK(tale.is_refused("reservation-unknown") ==
          lines{"refused commit reservation-unknown", "parked commit reservation-unknown"});
    CHECK(tale.hears("delivery.completed") == lines{"heard delivery.completed"});
    CHECK_FALSE(tale.owed());
}

TEST_CASE("a compensation that is refused parks the saga with the step and the reason") {
    auto tale = one_line();
    tale.hears("order.placed");
    tale.is_done();
    tale.is_done();
    tale.is_refused("order-unknown");
    CHECK(tale.is_refused("provider-declined") ==
          lines{"refused authorise provider-declined", "parked authorise provider-declined"});
}

TEST_CASE("late, repeated and unexpected events are recorded as ignored") {
    auto ended = completed(one_line());
    CHECK(ended.hears("delivery.started") == lines{"ignored delivery.started: heard already"});
    CHECK(ended.hears("order.cancellationRequested") == lines{"ignored order.cancellationRequested: ended already"});
    CHECK(ended.hears("order.placed") == lines{"ignored order.placed: started already"});
    auto absent = one_line();
    CHECK(absent.hears("delivery.started") == lines{"ignored delivery.started: nothing has started this saga"});
    auto stopped = prepared(one_line());
    stopped.hears("order.cancellationRequested");
    CHECK(stopped.hears("delivery.returned") == lines{"ignored delivery.returned: ended already"});
}

TEST_CASE("an event that is read again changes nothing") {
    auto tale = one_line();
    tale.hears("order.placed");
    CHECK(tale.hears_again("order.placed").empty());
    tale = delivering(one_line());
    CHECK(tale.hears_again("delivery.started").empty());
    tale.hears("delivery.started");
    CHECK(tale.hears_again("delivery.started").empty());
}

TEST_CASE("command ids tell instance, step, direction and product apart, and nothing else") {
    auto tale = three_lines();
    tale.hears("order.placed");
    const auto reserve_tv = tale.owed()->command_id;
    tale.is_done();
    const auto reserve_mat = tale.owed()->command_id;
    tale.is_done();
    tale.is_refused("insufficient-stock");
    const auto release_mat = tale.owed()->command_id;
    CHECK(reserve_tv != reserve_mat);
    CHECK(reserve_mat != release_mat);
    auto same = three_lines();
    same.hears("order.placed");
    CHECK(same.owed()->command_id == reserve_tv);
}

}  // namespace
}  // namespace sillok::saga
