#include "sagas/engine/own_commands.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "sagas/engine/step_result.hpp"
#include "tests/sagas/engine/step_fixture.hpp"

#include <string>
#include <vector>

namespace sillok::saga {
namespace {

using enum OwnCommands::Resumed;
using OrderPhase = order::Order::Phase;

struct CommandFixture : StepFixture {
    StepResult executes(Act act) {
        const auto result = own.execute(state, intent(act), no);
        commit();
        return result;
    }
    void receive(std::int64_t quantity) { give(stock, ProductId{"tv"}, stock::command::Receive{{quantity}}); }
    void place() {
        const Money price{100, {{'K', 'R', 'W'}}};
        give(orders, state.order,
             order::command::Place{CustomerId{"kim"}, "Kim", "Seoul", {{ProductId{"tv"}, "TV", {3}, price}}});
    }
    std::pair<std::int64_t, std::int64_t> pieces() {
        return stock.with_state(
            ProductId{"tv"}, [](const auto& now, Version) { return std::pair{now.on_hand.value, now.reserved.value}; });
    }
    // Also of what is not on disk yet.
    Version version() {
        return orders.with_state(state.order, [](const auto&, Version last) { return last; });
    }
    OrderPhase phase() {
        return orders.with_state(state.order, [](const auto& now, Version) { return now.phase; });
    }

    // What the sagas' journals say of the goods of the order.
    void journal(const std::string& saga, const std::string& step, Direction direction) {
        const auto stream = "saga-" + saga + "-o1";
        const auto version = store.version_of(stream);
        std::vector<NewEvent> events;
        if (version == Version{})
            events.push_back(encode(Event{event::Started{.definition = saga,
                                                         .definition_version = 1,
                                                         .order = state.order,
                                                         .customer = {},
                                                         .address = {},
                                                         .amount = {},
                                                         .items = state.details.items,
                                                         .trigger = {},
                                                         .pivot_by = {}}}));
        events.push_back(encode(Event{event::CommandExecuted{.step = step,
                                                             .direction = direction,
                                                             .command_id = clock.new_id(),
                                                             .target = "stock-tv",
                                                             .code = {},
                                                             .detail = {}}}));
        const auto expected = version == Version{} ? Expected{NoStream{}} : Expected{version};
        REQUIRE(store.append_and_wait({.metadata = {.time = clock.now()}, .appends = {{stream, expected, events}}}));
    }

    OwnCommands own{store, {orders, stock, payments, deliveries}, unit, all_sagas(), RefundInTransit::on_return};
    OwnCommands hurried{store, {orders, stock, payments, deliveries}, unit, all_sagas(), RefundInTransit::at_once};
};

using Pieces = std::pair<std::int64_t, std::int64_t>;

TEST_CASE("a reservation that is short says what is there") {
    CommandFixture saga;
    saga.receive(2);
    const auto result = saga.executes(Act::reserve_stock);
    CHECK(in_words(result) == "refused insufficient-stock");
    CHECK(result.detail == "tv: 3 wanted, 2 available");
    CHECK(saga.pieces() == Pieces{2, 0});
}

TEST_CASE("stock is given back from a reservation, and from a commitment, and nothing is given back twice") {
    for (const std::string committed_by : {"", "fulfilment", "cancellation"}) {
        CAPTURE(committed_by);
        CommandFixture saga;
        saga.receive(10);
        CHECK(in_words(saga.executes(Act::reserve_stock)) == "done");
        CHECK(saga.pieces() == Pieces{10, 3});
        if (!committed_by.empty()) {
            CHECK(in_words(saga.executes(Act::commit_stock)) == "done");
            saga.journal(committed_by, "commit", Direction::forward);
            CHECK(in_words(saga.executes(Act::commit_stock)) == "done");
            CHECK(saga.pieces() == Pieces{7, 0});
        }
        CHECK(in_words(saga.executes(Act::give_back_stock)) == "done");
        CHECK(saga.pieces() == Pieces{10, 0});
        saga.journal("fulfilment", "reserve", Direction::compensate);
        CHECK(in_words(saga.executes(Act::give_back_stock)) == "done");
        CHECK(saga.pieces() == Pieces{10, 0});
    }
}

TEST_CASE("goods that never left do not come back, and are not sent") {
    CommandFixture saga;
    saga.receive(10);
    CHECK(in_words(saga.executes(Act::give_back_stock)) == "done");
    CHECK(in_words(saga.executes(Act::commit_stock)) == "refused reservation-unknown");
    CHECK(saga.pieces() == Pieces{10, 0});
}

TEST_CASE("goods that an older program took back before it stopped do not come back again") {
    CommandFixture saga;
    saga.receive(10);
    CHECK(in_words(saga.executes(Act::reserve_stock)) == "done");
    CHECK(in_words(saga.executes(Act::commit_stock)) == "done");
    saga.journal("fulfilment", "commit", Direction::forward);
    const auto intent = saga.intent(Act::give_back_stock);
    const Commit alone{.metadata = {.time = saga.clock.now(), .command_id = further_id(intent.command_id, "return")},
                       .appends = {{"stock-tv",
                                    saga.store.version_of("stock-tv"),
                                    {encode(stock::Stock::Event{stock::event::Returned{{"o1"}, {3}}})}}}};
    REQUIRE(saga.store.append_and_wait(alone));
    CHECK(in_words(saga.own.execute(saga.state, intent, yes)) == "done");
    CHECK(saga.unit.size() == 0);
}

TEST_CASE("an order that is being cancelled is neither confirmed nor rejected: another saga takes over") {
    for (const auto act : {Act::confirm_order, Act::reject_order}) {
        CommandFixture saga;
        saga.place();
        saga.give(saga.orders, saga.state.order, order::command::RequestCancellation{"changed my mind"});
        CHECK(in_words(saga.executes(act)) == "refused cancellation-requested");
        CHECK(saga.phase() == OrderPhase::cancelling);
    }
}

TEST_CASE("an order is confirmed once, and a repetition is done") {
    CommandFixture saga;
    saga.place();
    CHECK(in_words(saga.executes(Act::confirm_order)) == "done");
    const auto version = saga.version();
    CHECK(in_words(saga.executes(Act::confirm_order)) == "done");
    CHECK(saga.version() == version);
    CHECK(saga.phase() == OrderPhase::confirmed);
}

TEST_CASE("no delivery needs no cancelling, and one that is prepared twice is prepared") {
    CommandFixture saga;
    CHECK(in_words(saga.executes(Act::cancel_delivery)) == "done");
    CHECK(in_words(saga.executes(Act::prepare_delivery)) == "done");
    CHECK(in_words(saga.executes(Act::prepare_delivery)) == "done");
    CHECK(in_words(saga.executes(Act::cancel_delivery)) == "done");
}

TEST_CASE("a delivery on its way is called back, and the outcome says whether the money goes back at once") {
    for (const bool at_once : {false, true}) {
        CAPTURE(at_once);
        CommandFixture saga;
        saga.executes(Act::prepare_delivery);
        saga.give(saga.deliveries, saga.state.order, delivery::command::Start{"post", "1"});
        auto& own = at_once ? saga.hurried : saga.own;
        const std::string expected = at_once ? "done goods-recalled-refund-now" : "done goods-recalled";
        for (int time = 0; time < 2; ++time) {
            CHECK(in_words(own.execute(saga.state, saga.intent(Act::cancel_delivery), no)) == expected);
            saga.commit();
        }
        saga.give(saga.deliveries, saga.state.order, delivery::command::Complete{});
        CHECK(in_words(saga.executes(Act::cancel_delivery)) == "refused already-delivered");
    }
}

TEST_CASE("a delivered order is looked at for goods that came back") {
    CommandFixture saga;
    saga.executes(Act::prepare_delivery);
    saga.give(saga.deliveries, saga.state.order, delivery::command::Start{"post", "1"});
    CHECK(in_words(saga.executes(Act::look_for_return)) == "done");
    saga.give(saga.deliveries, saga.state.order, delivery::command::Return{});
    CHECK(in_words(saga.executes(Act::look_for_return)) == "done goods-returned");
}

TEST_CASE("an order that comes back says so once; one that is being cancelled leaves that to its cancellation") {
    CommandFixture saga;
    saga.place();
    CHECK(in_words(saga.executes(Act::return_order)) == "refused not-confirmed");
    saga.executes(Act::confirm_order);
    CHECK(in_words(saga.executes(Act::return_order)) == "done");
    CHECK(in_words(saga.executes(Act::return_order)) == "done");
    CHECK(saga.phase() == OrderPhase::returned);
    CommandFixture cancelled;
    cancelled.place();
    cancelled.give(cancelled.orders, cancelled.state.order, order::command::RequestCancellation{"changed my mind"});
    CHECK(in_words(cancelled.executes(Act::return_order)) == "done");
    CHECK(cancelled.phase() == OrderPhase::cancelling);
}

TEST_CASE("a resumed command that was executed in a commit of its own is not executed again") {
    CommandFixture saga;
    saga.receive(10);
    const auto intent = saga.intent(Act::reserve_stock);
    REQUIRE(saga.own.execute(saga.state, intent, no).outcome == Outcome::done);
    saga.commit();
    REQUIRE(saga.store.wait_durable(Position{2}));
    CHECK(in_words(saga.own.execute(saga.state, intent, yes)) == "done");
    CHECK(saga.unit.size() == 0);
    saga.unit.give_up();
    CHECK(saga.pieces() == Pieces{10, 3});
}

}  // namespace
}  // namespace sillok::saga
