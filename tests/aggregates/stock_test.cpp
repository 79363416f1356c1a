// Stock: what is there, for whom it is set aside, and that it is never sold twice.
#include "aggregates/stock.hpp"
#include "aggregates/codec/event_bytes.hpp"
#include "tests/aggregates/given_when_then.hpp"

#include <limits>
#include <string>
#include <utility>

namespace sillok::stock {
namespace {

using namespace command;
using namespace event;

const Given<Stock> given;

Received received(std::int64_t quantity) { return {{quantity}}; }
Reserved reserved(const char* order, std::int64_t quantity) { return {{order}, {quantity}}; }
Released released(const char* order, std::int64_t quantity) { return {{order}, {quantity}}; }
Committed committed(const char* order, std::int64_t quantity) { return {{order}, {quantity}}; }
Returned returned(const char* order, std::int64_t quantity) { return {{order}, {quantity}}; }
Receive receive(std::int64_t quantity) { return {{quantity}}; }
Adjust adjust(std::int64_t delta) { return {{delta}, "stocktaking"}; }
Return goods_back(const char* order, std::int64_t quantity) { return {{order}, {quantity}}; }
Reserve reserve(const char* order, std::int64_t quantity) { return {{order}, {quantity}}; }

constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();

}  // namespace

TEST_CASE("every command of an order to stock, by what it holds") {
    Table<Stock>{
        .commands = {{"Reserve", reserve("o-1", 3)},
                     {"Release", Release{{"o-1"}}},
                     {"Commit", Commit{{"o-1"}}},
                     {"Return", goods_back("o-1", 3)}},
        .phases = {{"nothing", given(received(9))},
                   {"as many", given(received(9), reserved("o-1", 3))},
                   {"another number", given(received(9), reserved("o-1", 4))},
                   {"released", given(received(9), reserved("o-1", 3), released("o-1", 3))},
                   {"gone", given(received(9), reserved("o-1", 3), committed("o-1", 3))},
                   {"returned", given(received(9), reserved("o-1", 3), committed("o-1", 3), returned("o-1", 3))}},
    }
        .check(R"(
            nothing:
                Reserve -> stock.reserved
                Release, Commit -> reservation-unknown
                Return -> stock.returned
            as many:
                Reserve -> nothing
                Release -> stock.released
                Commit -> stock.committed
                Return -> not-committed
            another number:
                Reserve -> reservation-exists
                Release -> stock.released
                Commit -> stock.committed
                Return -> not-committed
            released:
                Reserve -> stock.reserved
                Release, Commit -> reservation-unknown
                Return -> stock.returned
            gone:
                Reserve -> stock.reserved
                Release, Commit -> reservation-unknown
                Return -> stock.returned
            returned:
                Reserve -> stock.reserved
                Release, Commit -> reservation-unknown
                Return -> stock.returned
        )");
}

TEST_CASE("the last piece is sold once") {
    CHECK(given(received(1)).when(reserve("o-1", 1)) == then(reserved("o-1", 1)));
    CHECK(given(received(1), reserved("o-1", 1)).when(reserve("o-2", 1)) == rejected(Rejection::insufficient_stock, 0));
    CHECK(given(received(1), reserved("o-1", 1)).when(reserve("o-1", 1)) == nothing_new());
}

TEST_CASE("a refusal for want of stock says how many are left") {
    CHECK(given(received(10)).when(reserve("o-1", 11)) == rejected(Rejection::insufficient_stock, 10));
    CHECK(given(received(10), reserved("o-1", 7)).when(reserve("o-2", 4)) ==
          rejected(Rejection::insufficient_stock, 3));
    CHECK(given().when(reserve("o-1", 1)) == rejected(Rejection::insufficient_stock, 0));
}

TEST_CASE("what is set aside is still there, what was committed is not, what came back is again") {
    CHECK(given(received(10), reserved("o-1", 4)).state().on_hand == Quantity{10});
    CHECK(given(received(10), reserved("o-1", 4)).state().available() == Quantity{6});
    const auto gone = given(received(10), reserved("o-1", 4), committed("o-1", 4)).state();
    CHECK(gone.on_hand == Quantity{6});
    CHECK(gone.available() == Quantity{6});
    const auto back = given(received(10), reserved("o-1", 4), committed("o-1", 4), returned("o-1", 4)).state();
    CHECK(back.available() == Quantity{10});
    CHECK(back.reservations.size() == 0);
}

TEST_CASE("released goods can be sold again") {
    CHECK(given(received(1), reserved("o-1", 1), released("o-1", 1)).when(reserve("o-2", 1)) ==
          then(reserved("o-2", 1)));
}

TEST_CASE("release, commit and return concern the whole reservation") {
    CHECK(given(received(9), reserved("o-1", 4)).when(Release{{"o-1"}}) == then(released("o-1", 4)));
    CHECK(given(received(9), reserved("o-1", 4)).when(Commit{{"o-1"}}) == then(committed("o-1", 4)));
}

TEST_CASE("goods come back in the number that the order's saga knows; an order of the past leaves no trace") {
    const auto gone = given(received(9), reserved("o-1", 4), committed("o-1", 4));
    CHECK(gone.when(goods_back("o-1", 4)) == then(returned("o-1", 4)));
    CHECK(gone.when(goods_back("o-1", 0)) == rejected(Rejection::quantity_invalid));
    CHECK(gone.when(goods_back("o-1", quantity_max + 1)) == then(returned("o-1", quantity_max + 1)));
    CHECK(gone.state().reservations.size() == 0);
    CHECK(gone.state() == given(received(9), reserved("o-2", 4), committed("o-2", 4)).state());
    const auto back = given(received(9), reserved("o-1", 4), committed("o-1", 4), returned("o-1", 4));
    CHECK(back.state() == given(received(9)).state());
}

TEST_CASE("a snapshot does not grow with the orders of the past") {
    const auto bytes_after = [](int orders) {
        Stock::State state;
        const auto happen = [&](const Stock::Event& event) { state = Stock::evolve(std::move(state), event); };
        happen(received(10));
        for (int number = 0; number < orders; ++number) {
            const auto order = "o-" + std::to_string(number);
            happen(reserved(order.c_str(), 1));
            if (number % 3 == 0) {
                happen(released(order.c_str(), 1));
                continue;
            }
            happen(committed(order.c_str(), 1));
            happen(returned(order.c_str(), 1));
        }
        return to_bytes(state).size();
    };
    CHECK(bytes_after(3'000) == bytes_after(0));
}

TEST_CASE("a copy of many reservations is a look at the same ones, until one of the two changes") {
    OpenReservations many;
    for (int order = 0; order < 1'000; ++order) many.set({"o-" + std::to_string(order)}, {order + 1});
    auto copy = many;
    CHECK(&copy.entries() == &many.entries());
    copy.erase({"nobody's"});
    CHECK(&copy.entries() == &many.entries());
    copy.set({"o-7"}, {100});
    CHECK(copy.entries().size() == 1'000);
    CHECK(*copy.find({"o-7"}) == Quantity{100});
    CHECK(*many.find({"o-7"}) == Quantity{8});
    CHECK_FALSE(copy == many);
    copy.set({"o-7"}, {8});
    CHECK(copy == many);
    copy.erase({"o-8"});
    CHECK(copy.find({"o-8"}) == nullptr);
    CHECK(many.size() == 1'000);
}

TEST_CASE("every command of an order twice: the second has a code of its own and changes nothing") {
    const auto held = given(received(9), reserved("o-1", 4));
    CHECK(given(received(9)).twice(reserve("o-1", 4)) == nothing_new());
    CHECK(held.twice(Release{{"o-1"}}) == rejected(Rejection::reservation_unknown));
    CHECK(held.twice(Commit{{"o-1"}}) == rejected(Rejection::reservation_unknown));
}

TEST_CASE("a quantity is at least one piece") {
    CHECK(given().when(receive(0)) == rejected(Rejection::quantity_invalid));
    CHECK(given().when(receive(-1)) == rejected(Rejection::quantity_invalid));
    CHECK(given().when(receive(quantity_max)) == then(received(quantity_max)));
    CHECK(given().when(receive(quantity_max + 1)) == rejected(Rejection::quantity_invalid));
    CHECK(given(received(1)).when(reserve("o-1", 0)) == rejected(Rejection::quantity_invalid));
    CHECK(given(received(1)).when(reserve("o-1", -1)) == rejected(Rejection::quantity_invalid));
}

TEST_CASE("an order whose lines sum to more than one line may hold is served when there is enough") {
    const auto plenty = given(received(quantity_max), received(quantity_max));
    CHECK(plenty.when(reserve("o-1", quantity_max + 1)) == then(reserved("o-1", quantity_max + 1)));
}

TEST_CASE("a stocktaking may find more or less, but not less than is set aside") {
    CHECK(given(received(5)).when(adjust(-5)) == then(Adjusted{{-5}, "stocktaking"}));
    CHECK(given(received(5)).when(adjust(3)) == then(Adjusted{{3}, "stocktaking"}));
    CHECK(given(received(5)).when(adjust(-6)) == rejected(Rejection::negative_on_hand, 5));
    CHECK(given(received(5), reserved("o-1", 2)).when(adjust(-4)) == rejected(Rejection::negative_on_hand, 3));
    CHECK(given(received(5)).when(adjust(0)) == rejected(Rejection::quantity_invalid));
    CHECK(given(received(5)).when(adjust(quantity_max + 1)) == rejected(Rejection::quantity_invalid));
    CHECK(given(received(5)).when(adjust(std::numeric_limits<std::int64_t>::min())) ==
          rejected(Rejection::quantity_invalid));
}

TEST_CASE("more than can be counted is refused, not wrapped around") {
    CHECK(given(received(most)).when(receive(1)) == rejected(Rejection::stock_overflow));
    CHECK(given(received(most)).when(adjust(1)) == rejected(Rejection::stock_overflow));
    CHECK(given(received(2), reserved("o-1", 2), committed("o-1", 2), received(most)).when(goods_back("o-1", 2)) ==
          rejected(Rejection::stock_overflow));
}

}  // namespace sillok::stock
