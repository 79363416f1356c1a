// Orders: placed, confirmed, completed; or rejected; or cancelled; or returned.
#include "aggregates/order.hpp"
#include "tests/aggregates/given_when_then.hpp"

namespace sillok::order {
namespace {

using namespace command;
using namespace event;

const Given<Order> given;
const Currency krw{{'K', 'R', 'W'}};
const Currency gbp{{'G', 'B', 'P'}};
const CustomerId customer{"1@uengine.org"};

Line line(std::int64_t quantity, std::int64_t unit_price, Currency currency = krw) {
    return {{"tv"}, "TV", {quantity}, {unit_price, currency}};
}
Place place(std::vector<Line> lines) { return {customer, "홍길동", "서울시", std::move(lines)}; }
Placed placed() { return {customer, "홍길동", "서울시", {line(3, 10'000)}, {30'000, krw}}; }
Confirmed confirmed() { return {customer}; }
Rejected order_rejected() { return {customer, "insufficient-stock", "tv: 2 left"}; }
CancellationRequested requested() { return {customer, "changed my mind"}; }
Cancelled cancelled() { return {customer}; }
Completed completed() { return {customer}; }
CancellationRefused cancellation_refused() { return {customer, "already-delivered"}; }
Returned returned() { return {customer, {{{"tv"}, {3}}}}; }

}  // namespace

TEST_CASE("every command to an order in every phase") {
    Table<Order>{
        .commands = {{"Place", place({line(1, 1)})},
                     {"Confirm", Confirm{}},
                     {"Reject", Reject{"payment-declined", ""}},
                     {"RequestCancellation", RequestCancellation{""}},
                     {"CancelDelivered", RequestCancellation{"", true}},
                     {"RefuseCancellation", RefuseCancellation{}},
                     {"Cancel", Cancel{}},
                     {"Complete", Complete{}},
                     {"Return", Return{}}},
        .phases = {{"absent", given()},
                   {"placed", given(placed())},
                   {"confirmed", given(placed(), confirmed())},
                   {"completed", given(placed(), confirmed(), completed())},
                   {"rejected", given(placed(), order_rejected())},
                   {"cancelling", given(placed(), requested())},
                   {"cancelled", given(placed(), requested(), cancelled())},
                   {"returned", given(placed(), confirmed(), returned())}},
    }
        .check(R"(
            absent:
                Place -> order.placed
                Confirm, Reject, RequestCancellation, CancelDelivered, RefuseCancellation -> order-unknown
                Cancel, Complete, Return -> order-unknown
            placed:
                Place -> order-exists
                Confirm -> order.confirmed
                Reject -> order.rejected
                RequestCancellation -> order.cancellationRequested
                Cancel -> cancellation-not-requested
                CancelDelivered -> not-cancellable
                RefuseCancellation, Complete, Return -> not-confirmed
            confirmed:
                Place -> order-exists
                Confirm, Reject, RefuseCancellation -> already-confirmed
                CancelDelivered -> not-cancellable
                RequestCancellation -> order.cancellationRequested
                Cancel -> cancellation-not-requested
                Complete -> order.completed
                Return -> order.returned
            completed:
                Place -> order-exists
                Confirm, Reject, RefuseCancellation, Complete -> already-completed
                RequestCancellation, CancelDelivered, Cancel -> not-cancellable
                Return -> order.returned
            rejected:
                Place -> order-exists
                Confirm, Reject, RefuseCancellation, Complete, Return -> already-rejected
                RequestCancellation, CancelDelivered, Cancel -> not-cancellable
            cancelling:
                Place -> order-exists
                Confirm, Reject, RequestCancellation, CancelDelivered, Return -> already-cancelled
                RefuseCancellation -> order.cancellationRefused
                Cancel -> order.cancelled
                Complete -> order.cancellationRefused order.completed
            cancelled:
                Place -> order-exists
                Confirm, Reject, RequestCancellation, CancelDelivered, RefuseCancellation -> already-cancelled
                Cancel, Complete, Return -> already-cancelled
            returned:
                Place -> order-exists
                Confirm, Reject, RefuseCancellation, Complete, Return -> already-returned
                RequestCancellation, CancelDelivered, Cancel -> not-cancellable
        )");
}

TEST_CASE("a placed order keeps who, where, what and how much") {
    CHECK(given().when(place({line(3, 10'000)})) == then(placed()));
    const auto state = given(placed()).state();
    CHECK(state.phase == Order::Phase::placed);
    CHECK(state.customer == customer);
    CHECK(state.customer_name == "홍길동");
    CHECK(state.customer_address == "서울시");
    CHECK(state.lines == std::vector{line(3, 10'000)});
    CHECK(state.total == Money{30'000, krw});
}

TEST_CASE("every event of an order names its customer") {
    CHECK(given(placed()).when(Confirm{}) == then(confirmed()));
    CHECK(given(placed()).when(Reject{"insufficient-stock", "tv: 2 left"}) == then(order_rejected()));
    CHECK(given(placed()).when(RequestCancellation{"changed my mind"}) == then(requested()));
    CHECK(given(placed(), requested()).when(Cancel{}) == then(cancelled()));
    CHECK(given(placed(), confirmed()).when(Complete{}) == then(completed()));
}

TEST_CASE("an order needs a line") { CHECK(given().when(place({})) == rejected(Rejection::order_empty)); }

TEST_CASE("an order's total is the sum of its lines") {
    const auto two_lines = given().when(place({line(3, 10'000), line(2, 250)}));
    CHECK(two_lines == then(Placed{customer, "홍길동", "서울시", {line(3, 10'000), line(2, 250)}, {30'500, krw}}));
    CHECK(given().when(place({line(1, 0)})) == then(Placed{customer, "홍길동", "서울시", {line(1, 0)}, {0, krw}}));
}

TEST_CASE("an order is in one currency") {
    CHECK(given().when(place({line(1, 1, krw), line(1, 1, gbp)})) == rejected(Rejection::currency_mismatch));
}

TEST_CASE("a line has at least one piece, and no negative price") {
    CHECK(given().when(place({line(0, 1)})) == rejected(Rejection::quantity_invalid));
    CHECK(given().when(place({line(1, 1), line(-1, 1)})) == rejected(Rejection::quantity_invalid));
    CHECK(given().when(place({line(quantity_max + 1, 0)})) == rejected(Rejection::quantity_invalid));
    CHECK(given().when(place({line(1, -1)})) == rejected(Rejection::price_negative));
}

TEST_CASE("a total beyond all counting is refused, in one line or in many") {
    CHECK(given().when(place({line(quantity_max, price_max)})) == rejected(Rejection::amount_overflow));
    const auto half = line(4'611'687, price_max);  // just over half of what a number holds
    CHECK(given().when(place({half, half})) == rejected(Rejection::amount_overflow));
}

TEST_CASE("every command to an order twice: the second has a code of its own") {
    CHECK(given().twice(place({line(1, 1)})) == rejected(Rejection::order_exists));
    CHECK(given(placed()).twice(Confirm{}) == rejected(Rejection::already_confirmed));
    CHECK(given(placed()).twice(Reject{"r", "d"}) == rejected(Rejection::already_rejected));
    CHECK(given(placed()).twice(RequestCancellation{"r"}) == rejected(Rejection::already_cancelled));
    CHECK(given(placed(), requested()).twice(Cancel{}) == rejected(Rejection::already_cancelled));
    CHECK(given(placed(), confirmed()).twice(Complete{}) == rejected(Rejection::already_completed));
}

TEST_CASE("an order remembers why it was rejected or cancelled") {
    CHECK(given(placed(), order_rejected()).state().reason == "insufficient-stock");
    CHECK(given(placed(), requested(), cancelled()).state().reason == "changed my mind");
}

TEST_CASE("an order whose delivery arrived before it could be cancelled is completed, and says why") {
    CHECK(given(placed(), confirmed(), requested()).when(Complete{}) == then(cancellation_refused(), completed()));
    const auto after = given(placed(), confirmed(), requested(), cancellation_refused(), completed());
    CHECK(after.state().reason == "already-delivered");
    CHECK(after.when(Cancel{}) == rejected(Rejection::not_cancellable));
}

TEST_CASE("an order comes back whole, each product once, before or after it was completed") {
    const Placed two_lines_of_tv{customer, "홍길동", "서울시", {line(3, 1), line(2, 5)}, {13, krw}};
    CHECK(given(two_lines_of_tv, confirmed()).when(Return{}) == then(Returned{customer, {{{"tv"}, {5}}}}));
    CHECK(given(placed(), confirmed(), completed()).when(Return{}) == then(returned()));
}

TEST_CASE("an order's phases have words") {
    const char* words[] = {"absent",   "placed",     "confirmed", "completed",
                           "rejected", "cancelling", "cancelled", "returned"};
    for (std::size_t phase = 0; phase < std::size(words); ++phase)
        CHECK(text(Order::Phase{static_cast<std::uint8_t>(phase)}) == words[phase]);
    CHECK(text(Order::Phase{99}) == "unknown");
}

}  // namespace sillok::order
