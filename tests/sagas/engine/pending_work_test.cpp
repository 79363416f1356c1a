#include "sagas/engine/pending_work.hpp"

#include "aggregates/codec/event_bytes.hpp"
#include "sagas/all_sagas.hpp"
#include "tests/sagas/saga_fixture.hpp"

#include <doctest/doctest.h>
#include <cereal/types/unordered_set.hpp>

namespace sillok::saga {
namespace {

PendingWork applied(SagaFixture& shop, Position up_to) {
    PendingWork work;
    for (const auto& event : shop.store().read_log(Position{0}, up_to.value)) work.apply(event, all_sagas());
    return work;
}

TEST_CASE("an event is unanswered until a journal has answered it") {
    SagaFixture shop;
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 1}});
    const auto placed = shop.store().head();
    CHECK(applied(shop, placed).unanswered.at("saga-fulfilment-o1") == std::vector{placed});
    REQUIRE(shop.rests());
    const auto done = applied(shop, shop.store().head());
    CHECK(done.unanswered.empty());
    CHECK(done.open.empty());
    CHECK(done.live == 1);
}

TEST_CASE("an intent is open from its scheduling to its outcome") {
    SagaFixture shop;
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 1}});
    REQUIRE(shop.rests());
    bool open = false;
    for (const auto& event : shop.store().read_log(Position{0}, 1'000)) {
        if (event.type == "saga.intended") open = true;
        if (event.type == "saga.settled") open = false;
        CHECK(applied(shop, event.position).open.contains("saga-fulfilment-o1") == open);
    }
}

TEST_CASE("an intent without a response stays open, and a parked one does not") {
    SagaFixture shop{*parse_simulator_profile("forget=1,patience-ms=1")};
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 1}});
    REQUIRE(shop.rests());
    for (const auto& event : shop.store().read_log(Position{0}, 1'000)) {
        const auto work = applied(shop, event.position);
        if (event.type == "payment.outcomeUnknown") CHECK(work.open.size() == 1);
        if (event.type == "saga.parked") CHECK(work.open.empty());
        CHECK(work.parked.size() == (event.type == "saga.parked" ? 1 : 0));
    }
}

TEST_CASE("the end of a fulfilment concerns only a live cancellation") {
    SagaFixture shop;
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 100}});  // ends at once
    shop.order("o2", {{"tv", 1}});
    REQUIRE(shop.rests());
    CHECK(applied(shop, shop.store().head()).unanswered.empty());
    shop.stop_sagas();
    REQUIRE(shop.cancel("o2"));
    const auto requested = applied(shop, shop.store().head());
    CHECK(requested.unanswered.size() == 2);
    REQUIRE(shop.rests());
    const auto cancelled = applied(shop, shop.store().head());
    CHECK(cancelled.unanswered.empty());
    CHECK(cancelled.listening.empty());
    CHECK(cancelled.live == 0);
}

TEST_CASE("a journal event that cannot be read parks its journal") {
    PendingWork work;
    Recorded recorded;
    recorded.position = Position{1};
    recorded.stream = "saga-fulfilment-o1";
    recorded.type = "saga.intended";
    recorded.payload = "garbage";
    work.apply(recorded, all_sagas());
    CHECK(work.unreadable == 1);
    CHECK(work.parked.contains("saga-fulfilment-o1"));
}

TEST_CASE("pending work survives as bytes") {
    SagaFixture shop{*parse_simulator_profile("forget=1,patience-ms=1")};
    shop.order("o0", {{"tv", 1}});
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 1}});
    REQUIRE(shop.rests());
    shop.stop_sagas();
    shop.order("o2", {{"tv", 1}});
    const auto work = applied(shop, shop.store().head());
    PendingWork again;
    REQUIRE(from_bytes(to_bytes(work), again));
    CHECK(again == work);
}

}  // namespace
}  // namespace sillok::saga
