// Operators and sagas at rest: the rules alone, then with the runtime, across a crash.
#include "sagas/cancellation.hpp"
#include "sagas/fulfilment.hpp"
#include "tests/sagas/saga_fixture.hpp"
#include "tests/sagas/saga_scenario.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

namespace sillok::saga {
namespace {

Intervention to(OperatorAction verb, std::string step = {}, std::string result = {}) {
    return {verb, std::move(step), "because", std::move(result)};
}

SagaScenario fulfilment() { return given<Fulfilment>({{"tv", 3}, {"mat", 1}}); }

// Its authorisation has had no answer for so long that it waits for an operator.
SagaScenario without_an_answer() {
    auto saga = fulfilment();
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_done();
    while (saga.pending_intent()) {
        saga.when_unanswered();
        saga.when_time_passes(100'000);
    }
    REQUIRE(saga.state().parked);
    return saga;
}

// Its capture was refused: the goods have left, and nobody pays.
SagaScenario without_money() {
    auto saga = fulfilment();
    saga.when_received("order.placed");
    while (saga.pending_intent()) saga.when_done();
    saga.when_received("delivery.started");
    saga.when_done();
    saga.when_done();
    CHECK(saga.when_refused("provider-declined") ==
          then{"refused capture provider-declined", "parked capture provider-declined"});
    return saga;
}

}  // namespace

TEST_CASE("a question that was not answered is asked again about the same id, and has all its attempts again") {
    auto saga = without_an_answer();
    const auto id = saga.state().pending()->command_id;
    // It was to be given up: it may not be sent any more.
    CHECK(saga.when_operator(to(OperatorAction::retry)) == then{"retry authorise", "asks about authorise payment-o1"});
    CHECK(saga.pending_intent()->command_id == id);
    CHECK(saga.pending_intent()->attempt == 1);
    CHECK(saga.pending_intent()->query);
    CHECK(saga.when_unanswered() == then{"unknown authorise"});
    CHECK(saga.when_time_passes(100'000) == then{"asks about authorise payment-o1 again (2)"});
    CHECK(saga.when_done() == then{"done authorise", "intends confirm order-o1"});
}

TEST_CASE("a command that was refused is tried again under another id") {
    auto saga = without_money();
    const auto before = saga.journal().size();
    const auto refused = std::get<event::CommandCompleted>(saga.journal()[before - 2]).command_id;
    CHECK(saga.when_operator(to(OperatorAction::retry, "capture")) ==
          then{"retry capture", "intends capture payment-o1"});
    CHECK(saga.pending_intent()->command_id != refused);
    CHECK(saga.when_done() == then{"done capture"});
    CHECK(saga.when_received("delivery.completed").back() == "intends complete order-o1");
}

TEST_CASE("a skipped step counts as done, with the result that the operator gave") {
    auto paid = without_an_answer();
    CHECK(paid.when_operator(to(OperatorAction::skip, "authorise", "paid in cash")) ==
          then{"skip authorise: paid in cash", "intends confirm order-o1"});
    auto captured = without_money();
    CHECK(captured.when_operator(to(OperatorAction::skip, {}, "written off")) == then{"skip capture: written off"});
    CHECK_FALSE(captured.pending_intent());
    CHECK(captured.when_received("delivery.completed") ==
          then{"heard delivery.completed", "intends complete order-o1"});
    CHECK(without_an_answer().when_operator(to(OperatorAction::skip)) == then{"not allowed: no result"});
}

TEST_CASE("a compensation that was refused can be skipped, and the ones before it follow") {
    auto saga = fulfilment();
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_done();
    saga.when_refused("payment-declined");
    CHECK(saga.when_refused("reservation-lost") ==
          then{"refused reserve reservation-lost", "parked reserve reservation-lost"});
    CHECK(saga.when_operator(to(OperatorAction::skip, "reserve", "counted by hand")) ==
          then{"skip reserve: counted by hand", "undoes reserve stock-tv"});
    CHECK(saga.when_done() == then{"undone reserve", "intends reject order-o1"});
    CHECK(saga.when_done() == then{"done reject", "ended compensated payment-declined"});
}

TEST_CASE("an operator can turn a saga back up to its pivot, and what may have happened is undone as well") {
    auto saga = without_an_answer();
    CHECK(saga.when_operator(to(OperatorAction::compensate)) ==
          then{"compensate authorise", "undoes reserve stock-mat"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes reserve stock-tv"});
    CHECK(saga.when_done() == then{"undone reserve", "undoes authorise payment-o1"});
    CHECK(saga.when_done() == then{"undone authorise", "intends reject order-o1"});
    CHECK(saga.when_done() == then{"done reject", "ended compensated operator-decided"});
}

TEST_CASE("past its pivot a saga is turned back by the order's cancellation, which stops it") {
    auto saga = without_money();
    CHECK_FALSE(can_compensate(saga.state()));
    CHECK(saga.when_operator(to(OperatorAction::compensate)) == then{"compensate capture"});
    CHECK(saga.state().parked);
    CHECK(saga.when_received("order.cancellationRequested") ==
          then{"heard order.cancellationRequested", "ended stopped cancellation-requested"});
}

TEST_CASE("what moves cannot be moved, and what has ended is only annotated") {
    auto moving = fulfilment();
    CHECK(moving.when_operator(to(OperatorAction::annotate)) == then{"not allowed: unknown"});
    moving.when_received("order.placed");
    for (const auto verb :
         {OperatorAction::retry, OperatorAction::skip, OperatorAction::compensate, OperatorAction::resume})
        CHECK(moving.when_operator(to(verb, {}, "result")) == then{"not allowed: under way"});
    CHECK(moving.when_operator(to(OperatorAction::annotate)) == then{"annotate reserve"});
    CHECK(moving.pending_intent());
    moving.when_refused("insufficient-stock");
    moving.when_done();
    for (const auto verb :
         {OperatorAction::retry, OperatorAction::skip, OperatorAction::compensate, OperatorAction::resume})
        CHECK(moving.when_operator(to(verb, {}, "result")) == then{"not allowed: ended"});
    CHECK(moving.when_operator(to(OperatorAction::annotate)) == then{"annotate "});
}

TEST_CASE("an operator who names another step is refused") {
    CHECK(without_money().when_operator(to(OperatorAction::retry, "kapture")) == then{"not allowed: no such step"});
    CHECK(without_money().when_operator(to(OperatorAction::retry, "authorise")) == then{"not allowed: another step"});
}

TEST_CASE("a saga that waits for its next attempt need not wait for it") {
    auto saga = fulfilment();
    saga.when_received("order.placed");
    saga.when_done();
    saga.when_done();
    saga.when_unanswered();
    CHECK(saga.waits_until() > saga.now());
    CHECK(saga.when_operator(to(OperatorAction::retry)) == then{"retry authorise", "intends authorise payment-o1"});
    CHECK_FALSE(saga.waits_until());
}

TEST_CASE("resumed, a saga does what it would have done; a refusal that nothing has answered parks it again") {
    auto saga = without_money();
    CHECK(saga.when_operator(to(OperatorAction::resume)) == then{"resume capture", "parked capture provider-declined"});
}

TEST_CASE("a cancellation has nothing to turn back to") {
    auto saga = given<Cancellation>({{"tv", 1}});
    saga.when_received("order.cancellationRequested");
    saga.when_received("saga.ended");
    while (!saga.state().parked) {
        saga.when_unanswered();
        saga.when_time_passes(10'000'000);
    }
    CHECK(saga.when_operator(to(OperatorAction::compensate)) == then{"not allowed: past the pivot"});
}

}  // namespace sillok::saga

namespace sillok {
namespace {

using lines = std::vector<std::string>;

std::expected<SagaIntervened, InterventionError> intervene(SagaFixture& shop, saga::OperatorAction verb,
                                                           std::string result = {},
                                                           std::vector<Version> if_match = {}) {
    asio::io_context context;
    SagaIntervention asked{.stream = "saga-fulfilment-o1",
                           .what = {.verb = verb, .step = {}, .reason = "because", .result = std::move(result)},
                           .metadata = {.time = Timestamp{1}, .actor = "lee"},
                           .if_match = std::move(if_match)};
    auto intervening = shop.sagas().intervene(std::move(asked));
    auto done = asio::co_spawn(context, std::move(intervening), asio::use_future);
    context.run();
    return done.get();
}

// The provider never answers for this order, and its saga has given up asking.
void park(SagaFixture& shop) {
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 3}});
    REQUIRE(shop.rests());
    REQUIRE(shop.sagas().counts().parked == 1);
}

}  // namespace

TEST_CASE("an operator's retry goes to the provider under the same key, and the order stands") {
    SagaFixture shop{{.mute = 1, .rules = {}}};
    park(shop);
    shop.provider().behave({});
    const auto intervened = intervene(shop, saga::OperatorAction::retry);
    REQUIRE(intervened);
    REQUIRE(shop.wait_until("the order is confirmed",
                            [&] { return shop.order_state("o1").phase == order::Order::Phase::confirmed; }));
    REQUIRE(shop.rests());
    CHECK(shop.provider().ledger().size() == 1);
    CHECK(shop.sagas().counts().parked == 0);
    const auto recorded = shop.store().read_stream_back("saga-fulfilment-o1", intervened->version, 2);
    CHECK(recorded[1].type == "saga.intervened");
    CHECK(recorded[1].actor == "lee");
}

TEST_CASE("what an operator has decided survives a crash right after it") {
    for (const auto verb :
         {saga::OperatorAction::retry, saga::OperatorAction::skip, saga::OperatorAction::compensate}) {
        SagaFixture shop{{.mute = 1, .rules = {}}};
        park(shop);
        shop.provider().behave({});
        const auto intervened = intervene(shop, verb, "cash");
        REQUIRE(intervened);
        shop.stop_sagas();
        SagaFixture next{shop, intervened->position};
        REQUIRE(next.rests());
        using Phase = order::Order::Phase;
        CHECK(next.order_state("o1").phase ==
              (verb == saga::OperatorAction::compensate ? Phase::rejected : Phase::confirmed));
        CHECK(next.pieces("tv") ==
              std::pair<std::int64_t, std::int64_t>{10, verb == saga::OperatorAction::compensate ? 0 : 3});
        CHECK(next.sagas().counts().parked == 0);
    }
}

TEST_CASE("undoing an authorisation that nobody knows about asks for it first, and voids it if it was given") {
    SagaFixture shop{{.mute = 1, .rules = {}}};
    park(shop);
    CHECK(shop.payment_state("o1").phase == payment::Payment::Phase::unknown);
    shop.provider().behave({});
    REQUIRE(intervene(shop, saga::OperatorAction::compensate));
    REQUIRE(shop.rests());
    REQUIRE(shop.wait_until("the order is rejected",
                            [&] { return shop.order_state("o1").phase == order::Order::Phase::rejected; }));
    CHECK(shop.payment_state("o1").phase == payment::Payment::Phase::voided);
    const auto ledger = shop.provider().ledger();
    REQUIRE(ledger.size() == 1);
    CHECK(ledger.begin()->second.voided);
}

TEST_CASE("an intervention that was meant for another version, or for nobody, changes nothing") {
    SagaFixture shop{{.mute = 1, .rules = {}}};
    park(shop);
    const auto head = shop.store().head();
    const auto conflict = intervene(shop, saga::OperatorAction::retry, {}, {Version{1}});
    REQUIRE_FALSE(conflict);
    CHECK(std::holds_alternative<PreconditionFailed>(conflict.error()));
    SagaFixture empty;
    empty.start_sagas();
    const auto nobody = intervene(empty, saga::OperatorAction::retry);
    REQUIRE_FALSE(nobody);
    CHECK(std::get<saga::InterventionRefused>(nobody.error()) == saga::InterventionRefused::unknown);
    CHECK(shop.store().head() == head);
}

TEST_CASE("a paused runtime records what an operator decides, and acts on it when it goes on") {
    SagaFixture shop{{.mute = 1, .rules = {}}};
    park(shop);
    shop.provider().behave({});
    shop.sagas().pause();
    REQUIRE(intervene(shop, saga::OperatorAction::retry));
    const auto calls = shop.provider().calls();
    CHECK(shop.order_state("o1").phase == order::Order::Phase::placed);
    CHECK(shop.provider().calls() == calls);
    shop.sagas().resume();
    REQUIRE(shop.wait_until("the order is confirmed",
                            [&] { return shop.order_state("o1").phase == order::Order::Phase::confirmed; }));
}

}  // namespace sillok
