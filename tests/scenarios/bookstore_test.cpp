// The scenario of the bookstore, over HTTP, in its own words.
#include "tests/scenarios/story.hpp"

#include <algorithm>

using namespace sillok;
using namespace sillok::test;

TEST_CASE("bookstore: from the shelf to the reader, with a message for every step") {
    Story store;
    {
        INFO("(1) the owner registers, edits and removes books");
        store.registers("moby-dick", "Moby Dick", 12000, "book");
        store.registers("dull-book", "A Dull Book", 9000, "book");
        CHECK(store
                  .changes("/v1/products/moby-dick",
                           {{"name", "Moby-Dick; or, The Whale"}, {"price", {{"amount", 15000}, {"currency", "KRW"}}}})
                  .status == 200);
        CHECK(store.removes("/v1/products/dull-book").status == 204);
        const auto shelf = store.sees("/v1/products").at("items");
        REQUIRE(shelf.size() == 1);
        CHECK(shelf.at(0).at("name") == "Moby-Dick; or, The Whale");
        store.does(422, "/v1/orders", {{"customerId", "ishmael"}, {"productId", "dull-book"}, {"quantity", 1}});
        store.receives("moby-dick", 5);
    }
    {
        INFO("(2) a buyer picks a book and orders it, (3) payment happens with the order");
        const auto order = store.orders("b-1", "ishmael", "moby-dick", 1);
        CHECK(order.at("state") == "confirmed");
        CHECK(order.at("paymentState") == "authorised");
        CHECK(order.at("total").at("amount") == 15000);
    }
    {
        INFO("(4) once paid, a purchase message goes out");
        const auto messages = store.messages("ishmael", "b-1");
        CHECK(std::ranges::count(messages, "payment.authorised") == 1);
        CHECK(std::ranges::count(messages, "order.confirmed") == 1);
    }
    {
        INFO("(5) the seller sees the order and starts delivery");
        store.waits_for_state("/v1/deliveries/b-1", "prepared");
        const auto work_list = store.sees("/v1/deliveries?state=prepared").at("items");
        REQUIRE(work_list.size() == 1);
        CHECK(work_list.at(0).at("orderId") == "b-1");
        const auto start = work_list.at(0).at("_links").at("start").at("href").get<std::string>();
        CHECK(store.does(200, start, {{"carrier", "Pequod"}}).json().at("state") == "started");
        CHECK(store.sees("/v1/deliveries?state=prepared").at("items").empty());
        store.waits_for("/v1/orders/b-1", [](const json& order) { return order.at("paymentState") == "captured"; });
    }
    {
        INFO("(6) the customer can cancel, (7) cancelling the order cancels the delivery");
        store.does(202, "/v1/orders/b-1/cancellation");
        const auto recalled = store.waits_for_state("/v1/deliveries/b-1", "recalled");
        store.does(200, recalled.at("_links").at("return").at("href").get<std::string>());
        store.waits_for_state("/v1/orders/b-1", "cancelled");
        CHECK(store.sees("/v1/deliveries/b-1").at("state") == "cancelled");
        CHECK(store.sees("/v1/orders/b-1").at("paymentState") == "refunded");
        CHECK(store.available("moby-dick") == 5);
    }
    {
        INFO("(8) a cancellation message goes out");
        const auto messages = store.messages("ishmael", "b-1");
        CHECK(std::ranges::count(messages, "order.cancelled") == 1);
    }
    {
        INFO("(9) every change of the delivery state sends a message");
        store.orders("b-2", "ishmael", "moby-dick", 1);
        store.waits_for_state("/v1/deliveries/b-2", "prepared");
        store.does(200, "/v1/deliveries/b-2/start");
        store.does(200, "/v1/deliveries/b-2/completion");
        auto messages = store.messages("ishmael", "b-2");
        for (const auto* type : {"delivery.prepared", "delivery.started", "delivery.completed"}) {
            CAPTURE(type);
            CHECK(std::ranges::count(messages, type) == 1);
        }
        messages = store.messages("ishmael", "b-1");
        for (const auto* type : {"delivery.prepared", "delivery.started", "delivery.recalled", "delivery.cancelled"}) {
            CAPTURE(type);
            CHECK(std::ranges::count(messages, type) == 1);
        }
    }
}

TEST_CASE("bookstore: an order that is not paid does not stand") {
    Story store;
    store.registers("moby-dick", "Moby-Dick", 15000, "book");
    store.receives("moby-dick", 5);
    const auto order = store.orders("b-1", "penniless-ishmael", "moby-dick", 1);
    CHECK(order.at("state") == "rejected");
    CHECK(order.at("reason") == "payment-declined");
    CHECK(order.at("paymentState") == "declined");
    CHECK(order.at("deliveryState").is_null());
    CHECK(store.available("moby-dick") == 5);
    CHECK(store.messages("penniless-ishmael", "b-1") == std::vector<std::string>{"order.rejected"});
}

TEST_CASE("bookstore: with store management stopped, orders are still taken all day") {
    Story store;
    store.registers("moby-dick", "Moby-Dick", 15000, "book");
    store.receives("moby-dick", 5);
    store.backend().sagas.pause();
    for (int i = 1; i <= 6; ++i) {
        const auto order = store.does(201, "/v1/orders",
                                      {{"orderId", "b-" + std::to_string(i)},
                                       {"customerId", "ishmael"},
                                       {"productId", "moby-dick"},
                                       {"quantity", 1}});
        CHECK(order.json().at("state") == "placed");
    }
    CHECK(store.sees("/v1/customers/ishmael/orders").at("items").size() == 6);

    INFO("when it comes back, it catches up: first come, first served");
    store.backend().sagas.resume();
    CHECK(store.waits_for_state("/v1/orders/b-6", "rejected").at("reason") == "insufficient-stock");
    for (int i = 1; i <= 5; ++i) store.waits_for_state("/v1/orders/b-" + std::to_string(i), "confirmed");
    CHECK(store.available("moby-dick") == 0);
}
