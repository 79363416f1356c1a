// The scenario of the concerts, over HTTP, in its own words.
#include "tests/scenarios/story.hpp"

using namespace sillok;
using namespace sillok::test;

namespace {

void registers_concert(Story& story, int tickets) {
    story.registers("iu-seoul", "IU: The Golden Hour", 99000, "concert");
    story.receives("iu-seoul", tickets);
}

}  // namespace

TEST_CASE("concerts: a ticket from the booking to the refund") {
    Story hall;
    {
        INFO("an administrator registers a concert with its number of tickets");
        registers_concert(hall, 100);
        const auto concert = hall.sees("/v1/products/iu-seoul");
        CHECK(concert.at("kind") == "concert");
        CHECK(concert.at("available") == 100);
    }
    {
        INFO("a user signs up");
        hall.does(201, "/v1/customers",
                  {{"customerId", "kim"}, {"name", "김"}, {"email", "kim@example.org"}, {"password", "uaena-forever"}});
    }
    {
        INFO("books, pays; the paid booking is approved");
        const auto booking = hall.orders("t-1", "kim", "iu-seoul", 2);
        CHECK(booking.at("state") == "confirmed");
        CHECK(booking.at("paymentState") == "authorised");
        CHECK(booking.at("total").at("amount") == 198000);
    }
    {
        INFO("and the number of tickets goes down");
        CHECK(hall.available("iu-seoul") == 98);
    }
    {
        INFO("cancelling refunds it");
        hall.waits_for_state("/v1/deliveries/t-1", "prepared");
        hall.does(200, "/v1/deliveries/t-1/start");
        hall.waits_for("/v1/orders/t-1", [](const json& booking) { return booking.at("paymentState") == "captured"; });
        hall.does(202, "/v1/orders/t-1/cancellation");
        hall.waits_for_state("/v1/deliveries/t-1", "recalled");
        hall.does(200, "/v1/deliveries/t-1/return");
        const auto cancelled = hall.waits_for_state("/v1/orders/t-1", "cancelled");
        CHECK(cancelled.at("paymentState") == "refunded");
        CHECK(cancelled.at("refunded").at("amount") == 198000);
    }
    {
        INFO("and the number goes up");
        CHECK(hall.available("iu-seoul") == 100);
    }
    {
        INFO("a booking that was not yet sent is cancelled without money having moved");
        hall.orders("t-2", "kim", "iu-seoul", 1);
        const auto cancelled = hall.cancels("t-2");
        CHECK(cancelled.at("paymentState") == "voided");
        CHECK(hall.available("iu-seoul") == 100);
    }
    {
        INFO("the user sees the bookings on one page");
        hall.orders("t-3", "kim", "iu-seoul", 4);
        const auto page = hall.sees("/v1/customers/kim/orders").at("items");
        REQUIRE(page.size() == 3);
        CHECK(page.at(0).at("orderId") == "t-3");
        CHECK(page.at(0).at("state") == "confirmed");
        CHECK(page.at(1).at("state") == "cancelled");
        CHECK(page.at(2).at("state") == "cancelled");
    }
}

TEST_CASE("concerts: unpaid is never approved") {
    Story hall;
    registers_concert(hall, 10);
    CHECK(hall.orders("t-1", "penniless-lee", "iu-seoul", 1).at("state") == "rejected");
    CHECK(hall.available("iu-seoul") == 10);
    const auto trail = hall.sees("/v1/orders/t-1/events?limit=500").at("items");
    for (const auto& event : trail) CHECK(event.at("type") != "order.confirmed");
}

TEST_CASE("concerts: with concert management stopped, booking goes on") {
    Story hall;
    registers_concert(hall, 10);
    hall.backend().sagas.pause();
    hall.does(201, "/v1/orders",
              {{"orderId", "t-1"}, {"customerId", "kim"}, {"productId", "iu-seoul"}, {"quantity", 1}});
    CHECK(hall.sees("/v1/orders/t-1").at("pending") == true);
    hall.backend().sagas.resume();
    hall.waits_for_state("/v1/orders/t-1", "confirmed");
    CHECK(hall.available("iu-seoul") == 9);
}
