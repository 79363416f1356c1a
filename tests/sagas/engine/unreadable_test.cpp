// An event that this program cannot read, in any stream: the sagas that need its aggregate are parked and say why,
// everything else goes on, before and after a restart, and a program that can read it frees them.
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/unreadable_event.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "sagas/all_sagas.hpp"
#include "sagas/engine/saga_decisions.hpp"
#include "tests/sagas/saga_fixture.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using OrderPhase = order::Order::Phase;

// Each kind that a program cannot read. The last one can be decoded, but nobody has that reservation.
const std::vector<NewEvent> unreadable_events{{"stock.quarantined", 1, "the payload of a newer program"},
                                              {"stock.received", 9, encode(stock::Stock::Event{}).payload},
                                              {"stock.received", 1, "cut"},
                                              encode(stock::Stock::Event{stock::event::Released{{"nobody"}, {3}}})};

void append_past(SagaFixture& shop, const std::string& stream, NewEvent event) {
    const auto version = shop.store().version_of(stream);
    const auto expected = version == Version{} ? Expected{NoStream{}} : Expected{version};
    REQUIRE(
        shop.store().append_and_wait({.metadata = {.time = Timestamp{1'700'000'000'000}, .actor = "a newer program"},
                                      .appends = {{stream, expected, {std::move(event)}}}}));
}

bool is_parked(SagaFixture& shop, const std::string& journal) {
    bool parked = false;
    saga::State state{*saga::all_sagas().front().definition};
    for (const auto& event : shop.journal(journal)) {
        state = evolve(std::move(state), event);
        parked = state.parked;
    }
    return parked;
}

std::string parked_reason(SagaFixture& shop, const std::string& journal) {
    std::string reason;
    for (const auto& event : shop.journal(journal))
        if (const auto* parked = std::get_if<saga::event::Parked>(&event)) reason = parked->reason;
    return reason;
}

std::uint64_t journal_events(SagaFixture& shop) { return shop.store().head().value; }

// The log as a program would have it that reads the event at this position as `readable`.
SagaFixture newer_program(SagaFixture& before, Position at, const NewEvent& readable) {
    auto log = std::make_unique<EventStore>(std::make_unique<MemoryLog>());
    for (const auto& old : before.store().read_log({}, before.store().head().value)) {
        NewEvent event{std::string{old.type}, old.schema_version, std::string{old.payload}};
        if (old.position == at) event = readable;
        const auto expected =
            old.version == Version{1} ? Expected{NoStream{}} : Expected{Version{old.version.value - 1}};
        REQUIRE(log->append_and_wait({.metadata = {.time = old.time, .actor = std::string{old.actor}},
                                      .appends = {{std::string{old.stream}, expected, {std::move(event)}}}}));
    }
    return SagaFixture{before, std::move(log)};
}

// A saga that is parked counts as being at rest, so its retry at the start is waited for by name.
bool comes_to(SagaFixture& shop, const std::string& order, OrderPhase phase) {
    shop.start_sagas();
    return shop.wait_until("the order goes on", [&] { return shop.order_state(order).phase == phase; }) && shop.rests();
}

}  // namespace

TEST_CASE("an order of a product with an unreadable stock event is parked, and the others go on") {
    for (const auto& unreadable : unreadable_events) {
        CAPTURE(unreadable.type);
        for (const bool is_last : {true, false}) {
            CAPTURE(is_last);
            SagaFixture shop;
            shop.stock("p", 10);
            shop.stock("q", 10);
            append_past(shop, "stock-p", unreadable);
            if (!is_last) append_past(shop, "stock-p", encode(stock::Stock::Event{stock::event::Received{{5}}}));
            shop.order("o1", {{"p", 1}});
            shop.order("o2", {{"q", 1}});
            REQUIRE(shop.rests());
            CHECK(shop.sagas().running());
            CHECK(shop.order_state("o1").phase == OrderPhase::placed);
            CHECK(shop.order_state("o2").phase == OrderPhase::confirmed);
            CHECK(shop.sagas().counts().parked == 1);
            const auto reason = parked_reason(shop, "saga-fulfilment-o1");
            CHECK(is_unreadable(reason));
            CHECK(reason.contains("position 3, stream stock-p"));
            CHECK(reason.contains(unreadable.type));
            const auto told = shop.told("saga-fulfilment-o1");
            CHECK(told.back() == "parked reserve " + reason);

            // After a restart it is the same, and nothing more is written.
            const auto before = journal_events(shop);
            shop.stop_sagas();
            REQUIRE(shop.rests());
            CHECK(shop.sagas().running());
            CHECK(shop.sagas().counts().parked == 1);
            CHECK(journal_events(shop) == before);
            shop.order("o3", {{"q", 2}});
            REQUIRE(shop.rests());
            CHECK(shop.order_state("o3").phase == OrderPhase::confirmed);
        }
    }
}

TEST_CASE(
    "the second product of an order has an unreadable event: the first stays reserved until an operator decides") {
    SagaFixture shop;
    shop.stock("p", 10);
    shop.stock("q", 10);
    append_past(shop, "stock-p", {"stock.quarantined", 1, {}});
    shop.order("o1", {{"q", 3}, {"p", 1}});
    REQUIRE(shop.rests());
    CHECK(is_parked(shop, "saga-fulfilment-o1"));
    CHECK(shop.pieces("q") == std::pair<std::int64_t, std::int64_t>{10, 3});
}

TEST_CASE("an unreadable event in any stream of a confirmed order stops that order alone") {
    for (const std::string stream : {"order-o1", "payment-o1", "delivery-o1", "saga-fulfilment-o1", "stock-p"}) {
        CAPTURE(stream);
        SagaFixture shop;
        shop.stock("p", 10);
        shop.stock("q", 10);
        shop.order("o1", {{"p", 1}});
        shop.order("o2", {{"q", 1}});
        REQUIRE(shop.rests());
        append_past(shop, stream, {"future.happened", 1, {}});
        const auto at = shop.store().head();
        for (const std::string order : {"o1", "o2"}) shop.start_delivery(order);
        REQUIRE(shop.rests());
        CHECK(shop.sagas().running());
        for (const std::string order : {"o1", "o2"}) shop.complete_delivery(order);
        REQUIRE(shop.rests());
        CHECK(shop.order_state("o2").phase == OrderPhase::completed);
        if (stream == "delivery-o1") {  // it was not started
            CHECK(shop.sagas().counts().parked == 0);
        } else {
            CHECK(shop.sagas().counts().parked == 1);
            if (stream != "saga-fulfilment-o1") {
                CHECK(is_parked(shop, "saga-fulfilment-o1"));
                CHECK(parked_reason(shop, "saga-fulfilment-o1").contains("position " + std::to_string(at.value)));
            }
        }
        const auto before = journal_events(shop);
        shop.stop_sagas();
        REQUIRE(shop.rests());
        CHECK(shop.sagas().running());
        CHECK(journal_events(shop) == before);
        shop.order("o3", {{"q", 2}});
        REQUIRE(shop.rests());
        CHECK(shop.order_state("o3").phase == OrderPhase::confirmed);
    }
}

TEST_CASE("an event that contradicts the earlier ones of its stream stops that order alone") {
    const CustomerId kim{"kim"};
    const std::vector<std::pair<std::string, NewEvent>> contradictions{
        {"order-o1", encode(order::Order::Event{order::event::Placed{}})},
        {"payment-o1", encode(payment::Payment::Event{payment::event::Requested{kim, {}}})},
        {"delivery-o1", encode(delivery::Delivery::Event{delivery::event::Completed{kim}})},
        {"stock-p", encode(stock::Stock::Event{stock::event::Committed{OrderId{"o2"}, {1}}})}};
    for (const auto& [stream, event] : contradictions) {
        CAPTURE(stream);
        SagaFixture shop;
        shop.stock("p", 10);
        shop.stock("q", 10);
        shop.order("o1", {{"p", 1}});
        shop.order("o2", {{"q", 1}});
        REQUIRE(shop.rests());
        append_past(shop, stream, event);
        for (const std::string order : {"o1", "o2"}) shop.start_delivery(order);
        REQUIRE(shop.rests());
        for (const std::string order : {"o1", "o2"}) shop.complete_delivery(order);
        REQUIRE(shop.rests());
        CHECK(shop.sagas().running());
        CHECK(shop.order_state("o2").phase == OrderPhase::completed);
        if (stream != "delivery-o1") CHECK(parked_reason(shop, "saga-fulfilment-o1").contains("contradicts"));
        shop.stop_sagas();
        shop.order("o3", {{"q", 2}});
        REQUIRE(shop.rests());
        CHECK(shop.order_state("o3").phase == OrderPhase::confirmed);
    }
}

TEST_CASE("an unreadable event in a stream of no aggregate concerns nobody") {
    SagaFixture shop;
    shop.stock("p", 10);
    append_past(shop, "warehouse-1", {"warehouse.burnt", 1, {}});
    append_past(shop, "saga-archive-o1", {"saga.archived", 1, {}});
    shop.order("o1", {{"p", 1}});
    REQUIRE(shop.rests());
    CHECK(shop.order_state("o1").phase == OrderPhase::confirmed);
    CHECK(shop.sagas().counts().parked == 0);
}

TEST_CASE("a program that can read the event goes on where the older one was parked") {
    SagaFixture shop;
    shop.stock("p", 10);
    append_past(shop, "stock-p", {"stock.quarantined", 1, {}});
    const auto at = shop.store().head();
    shop.order("o1", {{"p", 3}});
    REQUIRE(shop.rests());
    REQUIRE(is_parked(shop, "saga-fulfilment-o1"));
    shop.stop_sagas();

    auto newer = newer_program(shop, at, encode(stock::Stock::Event{stock::event::Received{{1}}}));
    REQUIRE(comes_to(newer, "o1", OrderPhase::confirmed));
    CHECK(newer.pieces("p") == std::pair<std::int64_t, std::int64_t>{11, 3});
    CHECK(newer.sagas().counts().parked == 0);
}

TEST_CASE("a program that can read the journal or the order acts on everything that the older one could not") {
    SUBCASE("the journal") {
        SagaFixture shop;
        shop.stock("p", 10);
        shop.order("o1", {{"p", 3}});
        REQUIRE(shop.rests());
        shop.stop_sagas();
        append_past(shop, "saga-fulfilment-o1", {"saga.slept", 1, {}});
        const auto at = shop.store().head();
        REQUIRE(shop.start_delivery("o1"));
        REQUIRE(shop.rests());
        CHECK(shop.sagas().counts().parked == 1);
        CHECK(shop.pieces("p") == std::pair<std::int64_t, std::int64_t>{10, 3});
        REQUIRE(shop.complete_delivery("o1"));
        REQUIRE(shop.rests());
        shop.stop_sagas();
        auto newer = newer_program(shop, at, encode(saga::Event{saga::event::Ignored{{}, "nap", "nothing"}}));
        REQUIRE(comes_to(newer, "o1", OrderPhase::completed));
        CHECK(newer.pieces("p") == std::pair<std::int64_t, std::int64_t>{7, 0});
        CHECK(newer.sagas().counts().parked == 0);
    }
    SUBCASE("the order") {
        SagaFixture shop;
        shop.stock("p", 10);
        shop.order("o1", {{"p", 3}});
        const auto placed = shop.store().read_log(Position{shop.store().head().value - 1}, 1);
        const NewEvent readable{std::string{placed.front().type}, 1, std::string{placed.front().payload}};
        append_past(shop, "order-o9", {"order.placed", 9, {}});
        const auto at = shop.store().head();
        REQUIRE(shop.rests());
        CHECK(is_parked(shop, "saga-fulfilment-o9"));
        CHECK(parked_reason(shop, "saga-fulfilment-o9").contains("order.placed schema version 9"));
        shop.stop_sagas();
        auto newer = newer_program(shop, at, readable);
        REQUIRE(comes_to(newer, "o9", OrderPhase::confirmed));
        CHECK(newer.sagas().counts().parked == 0);
    }
}

}  // namespace sillok
