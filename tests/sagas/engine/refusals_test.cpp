// What the provider refuses, what costs nothing, and what is answered about another payment: each ends for itself.
#include "sagas/engine/provider_call_keys.hpp"
#include "tests/sagas/engine_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;
using saga::OperatorAction;
using Cause = provider::Unknown::Cause;
using Paid = payment::Payment::Phase;
using Phase = order::Order::Phase;

const std::string fulfilment = "saga-fulfilment-o1";

// An order o1 of three pieces of "tv".
struct OrderFixture : EngineFixture {
    explicit OrderFixture(std::int64_t price = 100) : EngineFixture({.reserve_for = std::chrono::hours{24}}) {
        stock("tv", 10);
        order("o1", 3, price);
    }
    // The goods are on their way, and the capture is the last call.
    void send() {
        respond(calls.back(), provider::Approved{"auth-1"});
        give(deliveries, OrderId{"o1"}, delivery::command::Start{"post", "1"});
        REQUIRE(calls.back().request.type == ProviderOperation::Type::capture);
    }
    void refuse_last() { respond(calls.back(), provider::Declined{"card expired"}); }
    // Until no attempt follows within an hour.
    template <class Answer>
    void answer_all(const Answer& answer) {
        for (std::size_t answered = calls.size() - 1; answered < calls.size(); ++answered) {
            respond(calls[answered], answer);
            for (int i = 0; i < 40 && answered + 1 == calls.size(); ++i) pass(2min);
        }
    }
    std::string last() { return journal(fulfilment).back(); }
    std::ptrdiff_t count(const std::string& stream, const std::string& type) {
        const auto all = store.read_stream(stream, Version{1}, 100);
        return std::ranges::count(all, type, &Recorded::type);
    }
    bool ended(const std::string& stream) { return journal(stream).back().starts_with("ended"); }
};

// ---- an answer that is no decision

TEST_CASE("a provider that answers, but not with a decision, is asked three times and then for the outcome") {
    OrderFixture sagas;
    const provider::Unknown forbidden{"the provider answered 403: customer is blocked", Cause::refused};
    for (int i = 0; i < 3; ++i) {
        REQUIRE_FALSE(sagas.calls.back().request.query);
        sagas.respond(sagas.calls.back(), forbidden);
        sagas.pass(15s);
    }
    REQUIRE(sagas.calls.size() == 4);
    REQUIRE(sagas.calls[3].request.query);
    sagas.respond(sagas.calls[3], provider::NotReceived{});
    CHECK(sagas.phase("o1") == Phase::rejected);
    const auto rejected = sagas.orders.with_state(OrderId{"o1"}, [](const auto& state, Version) { return state; });
    CHECK(sagas.engine.breaker().opened == 0);
    const auto events = sagas.store.read_stream("order-o1", Version{1}, 10);
    const auto why = std::get<order::event::Rejected>(*decode<order::Order::Event>(events.back()));
    CHECK(why.reason == "payment-unavailable");
    CHECK(why.detail == "never carried out: the provider answered 403: customer is blocked");
    CHECK(rejected.phase == Phase::rejected);
    CHECK(sagas.reserved() == 0);
}

TEST_CASE("a provider that decides nothing, asked or queried, is a matter for an operator") {
    OrderFixture sagas;
    sagas.answer_all(provider::Unknown{"the provider answered 401: no such key", Cause::refused});
    CHECK(sagas.calls.size() == 4);
    CHECK(sagas.last() == "parked authorise outcome-unknown");
    CHECK(sagas.phase("o1") == Phase::placed);
    // The password is right again.
    REQUIRE(sagas.intervene(fulfilment, OperatorAction::retry));
    sagas.respond(sagas.calls.back(), provider::NotReceived{});
    CHECK(sagas.phase("o1") == Phase::rejected);
}

TEST_CASE("a definite no ends the order with the provider's reason, which is bounded") {
    OrderFixture sagas;
    sagas.respond(sagas.calls.back(), provider::Declined{std::string(59'000, 'x') + "\n"});
    CHECK(sagas.phase("o1") == Phase::rejected);
    for (const auto& recorded : sagas.store.read_log(Position{}, 100)) CHECK(recorded.payload.size() < 2'000);
}

TEST_CASE("\"not now\" is obeyed: nothing is asked before the time that the provider names") {
    OrderFixture sagas;
    sagas.respond(sagas.calls.back(), provider::Unknown{"the provider answered 429", Cause::busy, 120s});
    sagas.pass(119s);
    CHECK(sagas.calls.size() == 1);
    sagas.pass(1s);
    REQUIRE(sagas.calls.size() == 2);
    CHECK_FALSE(sagas.calls[1].request.query);  // the time that it was to wait used up no deadline
    sagas.respond(sagas.calls[1], provider::Approved{"auth-1"});
    CHECK(sagas.phase("o1") == Phase::confirmed);
}

// ---- an answer about something else

TEST_CASE("what is answered about another amount, currency or order is asked again, and parks the saga in the end") {
    for (const auto& echo : {provider::Echo{{}, 299, "KRW"}, provider::Echo{{}, 300, "USD"}, provider::Echo{"o2"}}) {
        OrderFixture sagas;
        sagas.answer_all(provider::Approved{"auth-1", echo});
        CHECK(sagas.calls.back().request.query);
        CHECK(sagas.last() == "parked authorise answer-differs");
        CHECK(sagas.phase("o1") == Phase::placed);
        CHECK(sagas.payment("o1").phase == Paid::unknown);
        REQUIRE(sagas.intervene(fulfilment, OperatorAction::retry));
        sagas.respond(sagas.calls.back(), provider::Approved{"auth-1", {"o1", 300, "KRW"}});
        CHECK(sagas.phase("o1") == Phase::confirmed);
    }
}

// ---- nothing to pay

TEST_CASE("an order that costs nothing is confirmed without a call, also while the breaker is open") {
    for (const auto mode : {BreakerMode::automatic, BreakerMode::open}) {
        EngineFixture sagas;
        sagas.engine.set_breaker(mode);
        sagas.stock("tv", 10);
        sagas.order("o1", 3, 0);
        CHECK(sagas.phase("o1") == Phase::confirmed);
        CHECK(sagas.payment("o1").phase == Paid::not_required);
        sagas.give(sagas.deliveries, OrderId{"o1"}, delivery::command::Start{"post", "1"});
        sagas.give(sagas.deliveries, OrderId{"o1"}, delivery::command::Complete{});
        CHECK(sagas.phase("o1") == Phase::completed);
        CHECK(sagas.calls.empty());
        CHECK(sagas.engine.breaker().calls == 0);
    }
}

TEST_CASE("a free order is cancelled, and comes back, without a call") {
    OrderFixture cancelled{0};
    cancelled.give(cancelled.orders, OrderId{"o1"}, order::command::RequestCancellation{"changed my mind"});
    CHECK(cancelled.phase("o1") == Phase::cancelled);
    CHECK(cancelled.reserved() == 0);
    CHECK(cancelled.calls.empty());
    OrderFixture returned{0};
    returned.give(returned.deliveries, OrderId{"o1"}, delivery::command::Start{"post", "1"});
    returned.give(returned.deliveries, OrderId{"o1"}, delivery::command::Return{});
    CHECK(returned.products.with_state(ProductId{"tv"},
                                       [](const auto& state, Version) { return state.on_hand.value; }) == 10);
    CHECK(returned.ended(fulfilment));
    CHECK(returned.calls.empty());
}

// ---- a refused capture

TEST_CASE("a refused capture is recorded, tried four times as another call each, and then waits for an operator") {
    OrderFixture sagas;
    sagas.send();
    std::vector<Uuid> keys;
    for (std::uint32_t refused = 1; refused <= 4; ++refused) {
        keys.push_back(sagas.calls.back().request.call.key);
        sagas.refuse_last();
        CHECK(sagas.payment("o1").captures_refused == refused);
        CHECK(sagas.payment("o1").phase == Paid::capture_refused);
        sagas.pass(15s);
    }
    CHECK(sagas.calls.size() == 5);
    std::ranges::sort(keys);
    CHECK(std::ranges::adjacent_find(keys) == keys.end());
    CHECK(sagas.last() == "parked capture provider-declined");
    CHECK(sagas.count("payment-o1", "payment.captureRefused") == 4);
    CHECK(sagas.engine.breaker().opened == 0);
    // retry: the capture goes through, and the order to its end.
    REQUIRE(sagas.intervene(fulfilment, OperatorAction::retry));
    REQUIRE(sagas.calls.size() == 6);
    CHECK_FALSE(sagas.calls.back().request.query);
    sagas.respond(sagas.calls.back(), provider::Approved{"auth-1"});
    CHECK(sagas.payment("o1").phase == Paid::captured);
    sagas.give(sagas.deliveries, OrderId{"o1"}, delivery::command::Complete{});
    CHECK(sagas.phase("o1") == Phase::completed);
}

TEST_CASE("an attempt after a refusal that gets no answer is queried under its own key") {
    OrderFixture sagas;
    sagas.send();
    sagas.refuse_last();
    sagas.pass(15s);
    const auto key = sagas.calls.back().request.call.key;
    for (int i = 0; i < 40 && !sagas.calls.back().request.query; ++i) {
        sagas.respond(sagas.calls.back(), provider::Unknown{"no answer"});
        sagas.pass(std::chrono::hours{2});
    }
    REQUIRE(sagas.calls.back().request.query);
    CHECK(sagas.calls.back().request.call.key == key);
    sagas.respond(sagas.calls.back(), provider::Approved{"auth-1"});
    CHECK(sagas.payment("o1").phase == Paid::captured);
}

TEST_CASE("what is refused for good is written off: the payment says so, and the saga goes on") {
    OrderFixture sagas;
    sagas.send();
    // Not before it is refused.
    const auto too_early = sagas.intervene(fulfilment, OperatorAction::skip, "written-off");
    REQUIRE_FALSE(too_early);
    sagas.refuse_last();
    const auto written_off = sagas.intervene(fulfilment, OperatorAction::skip, "written-off");
    REQUIRE(written_off);
    CHECK(written_off->event.result == "written-off");
    CHECK(sagas.payment("o1").phase == Paid::written_off);
    sagas.give(sagas.deliveries, OrderId{"o1"}, delivery::command::Complete{});
    CHECK(sagas.phase("o1") == Phase::completed);
    CHECK(sagas.calls.size() == 2);
    // Goods that come back later are counted, and nothing is undone at the provider.
    sagas.give(sagas.deliveries, OrderId{"o1"}, delivery::command::Return{});
    CHECK(sagas.ended(fulfilment));
    CHECK(sagas.calls.size() == 2);
}

// The capture is refused for good, and then the order is cancelled: too late.
struct UnpaidFixture : OrderFixture {
    UnpaidFixture() {
        send();
        answer_all(provider::Declined{"card expired"});
        REQUIRE(last() == "parked capture provider-declined");
    }
    void cancel() { give(orders, OrderId{"o1"}, order::command::RequestCancellation{"changed my mind"}); }
    void arrive() { give(deliveries, OrderId{"o1"}, delivery::command::Complete{}); }
    void come_back() { give(deliveries, OrderId{"o1"}, delivery::command::Return{}); }
    std::int64_t on_hand() {
        return products.with_state(ProductId{"tv"}, [](const auto& state, Version) { return state.on_hand.value; });
    }
    void is_returned() {
        CHECK(on_hand() == 10);
        respond(calls.back(), provider::Approved{"auth-1"});
        CHECK(payment("o1").phase == Paid::voided);
        CHECK(phase("o1") == Phase::returned);
        CHECK(ended(fulfilment));
        CHECK(ended("saga-cancellation-o1"));
    }
};

TEST_CASE("an order that was delivered and cannot be paid stays confirmed when somebody cancels it") {
    UnpaidFixture sagas;
    sagas.arrive();
    sagas.cancel();  // it was asked for before anybody knew
    CHECK(sagas.phase("o1") == Phase::confirmed);
    CHECK(sagas.count("order-o1", "order.cancellationRefused") == 1);
    CHECK(sagas.ended("saga-cancellation-o1"));
    SUBCASE("fulfilment goes on to capture, and completes the order") {
        sagas.respond(sagas.calls.back(), provider::Approved{"auth-1"});
        CHECK(sagas.payment("o1").phase == Paid::captured);
        CHECK(sagas.phase("o1") == Phase::completed);
        CHECK(sagas.ended(fulfilment));
    }
    SUBCASE("goods that come back are counted at once") {
        sagas.respond(sagas.calls.back(), provider::Declined{"card expired"});
        sagas.come_back();
        sagas.is_returned();
    }
}

TEST_CASE("an order that cannot be paid and is cancelled on its way is confirmed again when it arrives after all") {
    UnpaidFixture sagas;
    sagas.cancel();
    CHECK(sagas.phase("o1") == Phase::cancelling);
    sagas.arrive();
    CHECK(sagas.phase("o1") == Phase::confirmed);
    CHECK(sagas.ended("saga-cancellation-o1"));
    sagas.answer_all(provider::Declined{"card expired"});
    CHECK(sagas.last() == "parked capture provider-declined");
    sagas.come_back();
    sagas.is_returned();
}

TEST_CASE("goods that arrive and come back before the sagas hear of either are counted") {
    UnpaidFixture sagas;
    sagas.cancel();
    const auto hand_in = [&](const delivery::Delivery::Command& command) {
        const auto id = sagas.clock.new_id();
        REQUIRE(sagas.deliveries.submit(OrderId{"o1"}, command, {{sagas.clock.now(), id, id, {}, "test"}, {}, {}}));
    };
    hand_in(delivery::command::Complete{});
    hand_in(delivery::command::Return{});
    sagas.run();
    for (int i = 0; i < 3 && sagas.calls.back().request.type == ProviderOperation::Type::capture; ++i) {
        sagas.respond(sagas.calls.back(), provider::Declined{"card expired"});
        sagas.pass(15s);
    }
    sagas.is_returned();
}

TEST_CASE("an operator's compensation frees the goods at once, although the provider is mute") {
    OrderFixture sagas;
    sagas.respond(sagas.calls.back(), provider::Unknown{"no answer"});
    REQUIRE(sagas.reserved() == 3);
    REQUIRE(sagas.intervene(fulfilment, OperatorAction::compensate));
    CHECK(sagas.reserved() == 0);
    CHECK(sagas.phase("o1") == Phase::placed);
    sagas.give(sagas.orders, OrderId{"o1"}, order::command::RequestCancellation{"changed my mind"});
    CHECK(sagas.phase("o1") == Phase::cancelling);
    sagas.answer_all(provider::NotReceived{});
    CHECK(sagas.phase("o1") == Phase::cancelled);
}

TEST_CASE("goods that arrive after their money went back are a matter for an operator") {
    EngineFixture sagas{{.refund_in_transit = saga::RefundInTransit::at_once}};
    const std::string cancellation = "saga-cancellation-o1";
    sagas.stock("tv", 10);
    sagas.order("o1", 3);
    const auto approve = [&] { sagas.respond(sagas.calls.back(), provider::Approved{"auth-1"}); };
    approve();
    sagas.give(sagas.deliveries, OrderId{"o1"}, delivery::command::Start{"post", "1"});
    approve();
    sagas.give(sagas.orders, OrderId{"o1"}, order::command::RequestCancellation{"changed my mind"});
    approve();
    CHECK(sagas.payment("o1").phase == Paid::refunded);
    sagas.give(sagas.deliveries, OrderId{"o1"}, delivery::command::Complete{});
    CHECK(sagas.phase("o1") == Phase::completed);
    const auto told = sagas.journal(cancellation);
    CHECK(std::ranges::count(told, "parked look-for-payment delivered-after-refund") == 1);
    SUBCASE("what was agreed ends it") {
        REQUIRE(sagas.intervene(cancellation, OperatorAction::skip, "paid in cash"));
        CHECK(sagas.journal(cancellation).back() == "ended refused already-delivered");
    }
    SUBCASE("it is looked at again when the goods are back") {
        REQUIRE(sagas.intervene(cancellation, OperatorAction::retry));
        CHECK(sagas.journal(cancellation).back() == "parked look-for-payment delivered-after-refund");
        sagas.give(sagas.deliveries, OrderId{"o1"}, delivery::command::Return{});
        CHECK(sagas.phase("o1") == Phase::returned);
        REQUIRE(sagas.intervene(cancellation, OperatorAction::retry));
        CHECK(sagas.journal(cancellation).back() == "ended refused already-delivered");
    }
}

TEST_CASE("an operator cannot have an order undone that has been delivered") {
    UnpaidFixture sagas;
    sagas.arrive();
    const auto refused = sagas.intervene(fulfilment, OperatorAction::compensate);
    REQUIRE_FALSE(refused);
    CHECK(std::get<saga::InterventionRefused>(refused.error()) == saga::InterventionRefused::past_the_pivot);
    CHECK(sagas.phase("o1") == Phase::confirmed);
}

TEST_CASE("nothing else is written off") {
    OrderFixture sagas;
    sagas.answer_all(provider::Unknown{"no answer"});
    REQUIRE(sagas.last() == "parked authorise outcome-unknown");
    const auto refused = sagas.intervene(fulfilment, OperatorAction::skip, "written-off");
    REQUIRE_FALSE(refused);
    CHECK(std::get<saga::InterventionRefused>(refused.error()) == saga::InterventionRefused::not_refused);
}

TEST_CASE("a notice that a capture has failed is recorded on the payment, and its repetition is known") {
    OrderFixture sagas;
    sagas.send();
    const auto capture = sagas.calls.back().request.call;
    ProviderOperation failed{ProviderOperation::Type::capture, capture.key, OrderId{"o1"}, CustomerId{"kim"},
                             {300, {{'K', 'R', 'W'}}},         "auth-1",    "card expired"};
    auto noticed = sagas.notify(failed);
    REQUIRE(noticed);
    CHECK(noticed->ignored.empty());
    CHECK(sagas.payment("o1").phase == Paid::capture_refused);
    noticed = sagas.notify(failed);
    REQUIRE(noticed);
    CHECK(noticed->ignored == "the outcome is known already");
    // The next attempt is another call; its notice is the response to it.
    sagas.pass(15s);
    failed.key = sagas.calls.back().request.call.key;
    CHECK(failed.key != capture.key);
    failed.declined.reset();
    noticed = sagas.notify(failed);
    REQUIRE(noticed);
    CHECK(noticed->ignored.empty());
    CHECK(sagas.payment("o1").phase == Paid::captured);
}

}  // namespace
}  // namespace sillok
