// Deliveries: prepared, started, delivered; or cancelled; or recalled; or returned.
#include "aggregates/delivery.hpp"
#include "tests/aggregates/given_when_then.hpp"

namespace sillok::delivery {
namespace {

using namespace command;
using namespace event;

const Given<Delivery> given;
const CustomerId customer{"c-1"};

Prepared prepared() { return {customer, "서울시"}; }
Started started() { return {customer, "CJ", "1234"}; }
Completed completed() { return {customer}; }
Cancelled cancelled() { return {customer}; }
Returned returned() { return {customer}; }
Recalled recalled() { return {customer}; }

}  // namespace

TEST_CASE("every command to a delivery in every phase") {
    Table<Delivery>{
        .commands = {{"Prepare", Prepare{customer, "서울시"}},
                     {"Start", Start{"CJ", "1234"}},
                     {"Complete", Complete{}},
                     {"Cancel", Cancel{}},
                     {"Return", Return{}}},
        .phases = {{"absent", given()},
                   {"prepared", given(prepared())},
                   {"started", given(prepared(), started())},
                   {"delivered", given(prepared(), started(), completed())},
                   {"cancelled", given(prepared(), cancelled())},
                   {"returned", given(prepared(), started(), returned())},
                   {"recalled", given(prepared(), started(), recalled())}},
    }
        .check(R"(
            absent:
                Prepare -> delivery.prepared
                Start, Complete, Cancel, Return -> not-prepared
            prepared:
                Prepare -> delivery-exists
                Start -> delivery.started
                Cancel -> delivery.cancelled
                Complete, Return -> not-started
            started:
                Prepare -> delivery-exists
                Start -> already-started
                Complete -> delivery.completed
                Cancel -> delivery.recalled
                Return -> delivery.returned
            delivered:
                Prepare -> delivery-exists
                Start, Complete, Cancel -> already-delivered
                Return -> delivery.returned
            cancelled:
                Prepare -> delivery-exists
                Start, Complete, Cancel, Return -> already-cancelled
            returned:
                Prepare -> delivery-exists
                Start, Complete, Cancel, Return -> already-returned
            recalled:
                Prepare -> delivery-exists
                Start, Cancel -> already-recalled
                Complete -> delivery.completed
                Return -> delivery.cancelled
        )");
}

TEST_CASE("every event of a delivery names the customer who hears of it") {
    CHECK(given().when(Prepare{customer, "서울시"}) == then(prepared()));
    CHECK(given(prepared()).when(Start{"CJ", "1234"}) == then(started()));
    CHECK(given(prepared(), started()).when(Complete{}) == then(completed()));
    CHECK(given(prepared(), started()).when(Cancel{}) == then(recalled()));
    CHECK(given(prepared(), started(), recalled()).when(Return{}) == then(cancelled()));
    CHECK(given(prepared(), started(), completed()).when(Return{}) == then(returned()));
}

TEST_CASE("every command to a delivery twice: the second has a code of its own") {
    CHECK(given().twice(Prepare{customer, "서울시"}) == rejected(Rejection::delivery_exists));
    CHECK(given(prepared()).twice(Start{"CJ", "1234"}) == rejected(Rejection::already_started));
    CHECK(given(prepared(), started()).twice(Complete{}) == rejected(Rejection::already_delivered));
    CHECK(given(prepared()).twice(Cancel{}) == rejected(Rejection::delivery_cancelled_already));
    CHECK(given(prepared(), started()).twice(Return{}) == rejected(Rejection::already_returned));
}

TEST_CASE("a delivery on its way knows its carrier") {
    CHECK(given(prepared(), started()).state() == Delivery::State{Delivery::Phase::started, customer, "CJ", "1234"});
}

TEST_CASE("a delivery's phases have words") {
    const char* words[] = {"absent", "prepared", "started", "delivered", "cancelled", "returned", "recalled"};
    for (std::size_t phase = 0; phase < std::size(words); ++phase)
        CHECK(text(Delivery::Phase{static_cast<std::uint8_t>(phase)}) == words[phase]);
}

}  // namespace sillok::delivery
