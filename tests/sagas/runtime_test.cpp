#include "tests/sagas/shop.hpp"

#include <doctest/doctest.h>

namespace sillok {
namespace {

using Order = order::Order::Phase;
using Paid = payment::Payment::Phase;
using Delivery = delivery::Delivery::Phase;
using saga::Ending;
using lines = std::vector<std::string>;

std::pair<std::int64_t, std::int64_t> pieces(std::int64_t on_hand, std::int64_t reserved) {
    return {on_hand, reserved};
}

TEST_CASE("an order goes all the way") {
    Shop shop;
    shop.stock("tv", 10);
    shop.order("o1", {{"tv", 3}});
    REQUIRE(shop.rests());
    CHECK(shop.order_state("o1").phase == Order::confirmed);
    CHECK(shop.payment_state("o1").phase == Paid::authorised);
    CHECK(shop.delivery_state("o1").phase == Delivery::prepared);
    CHECK(shop.pieces("tv") == pieces(10, 3));
    CHECK(shop.start_delivery("o1"));
    REQUIRE(shop.rests());
    CHECK(shop.payment_state("o1").phase == Paid::captured);
    CHECK(shop.pieces("tv") == pieces(7, 0));
    CHECK(shop.complete_delivery("o1"));
    REQUIRE(shop.rests());
    CHECK(shop.order_state("o1").phase == Order::completed);
    CHECK(shop.ending("saga-fulfilment-o1") == Ending::completed);
    CHECK(shop.sagas().counts().live == 0);
    for (auto& l : shop.told("saga-fulfilment-o1")) MESSAGE(l);
}

}  // namespace
}  // namespace sillok
