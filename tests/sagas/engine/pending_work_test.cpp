#include "sagas/engine/pending_work.hpp"

#include "aggregates/codec/event_bytes.hpp"
#include "sagas/all_sagas.hpp"
#include "tests/sagas/saga_fixture.hpp"

#include <doctest/doctest.h>
#include <cereal/types/unordered_set.hpp>

namespace sillok::saga {
namespace {

PendingWork taken_in(SagaFixture& shop, Position up_to) {
    PendingWork outstanding;
    for (const auto& event : shop.store().read_log(Position{0}, up_to.value)) outstanding.apply(event, all_sagas());
    return outstanding;
}

TEST_CASE("an event that no journal has answered is outstanding, until one has") {
    SagaFixture shop;
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 1}});
    const auto placed = shop.store().head();
    CHECK(taken_in(shop, placed).unanswered.at("saga-fulfilment-o1") == std::vector{placed});
    REQUIRE(shop.rests());
    const auto done = taken_in(shop, shop.store().head());
    CHECK(done.unanswered.empty());
    CHECK(done.open.empty());
    CHECK(done.live == 1);
}

TEST_CASE("an intent is outstanding from the event that intends it to the event that settles it") {
    SagaFixture shop;
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 1}});
    REQUIRE(shop.rests());
    bool open = false;
    for (const auto& event : shop.store().read_log(Position{0}, 1'000)) {
        if (event.type == "saga.intended") open = true;
        if (event.type == "saga.settled") open = false;
        CHECK(taken_in(shop, event.position).open.contains("saga-fulfilment-o1") == open);
    }
}

TEST_CASE("an intent that nobody answered stays outstanding, and a parked saga does not") {
    SagaFixture shop{*parse_simulator_profile("forget=1,patience-ms=1")};
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 1}});
    REQUIRE(shop.rests());
    for (const auto& event : shop.store().read_log(Position{0}, 1'000)) {
        const auto outstanding = taken_in(shop, event.position);
        if (event.type == "payment.outcomeUnknown") CHECK(outstanding.open.size() == 1);
        if (event.type == "saga.parked") CHECK(outstanding.open.empty());
        CHECK(outstanding.parked.size() == (event.type == "saga.parked" ? 1 : 0));
    }
}

TEST_CASE("a fulfilment that ends concerns a cancellation that lives, and no other") {
    SagaFixture shop;
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 100}});  // ends at once
    shop.order("o2", {{"tv", 1}});
    REQUIRE(shop.rests());
    CHECK(taken_in(shop, shop.store().head()).unanswered.empty());
    shop.stop_sagas();
    REQUIRE(shop.cancel("o2"));
    const auto requested = taken_in(shop, shop.store().head());
    CHECK(requested.unanswered.size() == 2);
    REQUIRE(shop.rests());
    const auto cancelled = taken_in(shop, shop.store().head());
    CHECK(cancelled.unanswered.empty());
    CHECK(cancelled.listening.empty());
    CHECK(cancelled.live == 0);
}

TEST_CASE("a journal event that cannot be read parks its journal") {
    PendingWork outstanding;
    Recorded recorded;
    recorded.position = Position{1};
    recorded.stream = "saga-fulfilment-o1";
    recorded.type = "saga.intended";
    recorded.payload = "garbage";
    outstanding.apply(recorded, all_sagas());
    CHECK(outstanding.unreadable == 1);
    CHECK(outstanding.parked.contains("saga-fulfilment-o1"));
}

TEST_CASE("what is outstanding keeps its meaning as bytes") {
    SagaFixture shop{*parse_simulator_profile("forget=1,patience-ms=1")};
    shop.order("o0", {{"tv", 1}});
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 1}});
    REQUIRE(shop.rests());
    shop.stop_sagas();
    shop.order("o2", {{"tv", 1}});
    const auto outstanding = taken_in(shop, shop.store().head());
    PendingWork again;
    REQUIRE(from_bytes(to_bytes(outstanding), again));
    CHECK(again == outstanding);
}

}  // namespace
}  // namespace sillok::saga
