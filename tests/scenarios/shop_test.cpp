// The scenario of the shop (12번가), over HTTP, in its own words.
#include "tests/scenarios/story.hpp"

#include <algorithm>

using namespace sillok;
using namespace sillok::test;

TEST_CASE("shop: from the search to the goods, and back") {
    Story shop;
    shop.registers("tv", "55인치 TV", 10000);
    shop.registers("radio", "Radio", 500);
    shop.receives("tv", 10);
    {
        INFO("customers search products and place orders");
        const auto found = shop.sees("/v1/products?search=tv").at("items");
        REQUIRE(found.size() == 1);
        CHECK(found.at(0).at("productId") == "tv");
        CHECK(found.at(0).at("available") == 10);
        CHECK(shop.orders("o-1", "1@uengine.org", "tv", 3).at("state") == "confirmed");
    }
    {
        INFO("an order prepares a delivery");
        const auto delivery = shop.waits_for_state("/v1/deliveries/o-1", "prepared");
        CHECK(delivery.at("address") == "서울시");
        CHECK(shop.on_hand("tv") == 10);
        CHECK(shop.available("tv") == 7);
    }
    {
        INFO("starting the delivery takes the goods out of stock");
        shop.does(200, "/v1/deliveries/o-1/start", {{"carrier", "우체국"}, {"trackingNumber", "6865"}});
        const auto stock = shop.waits_for("/v1/stock/tv", [](const json& row) { return row.at("onHand") == 7; });
        CHECK(stock.at("reserved") == 0);
    }
    {
        INFO("the order is complete when the goods have arrived");
        shop.does(200, "/v1/deliveries/o-1/completion");
        const auto order = shop.waits_for_state("/v1/orders/o-1", "completed");
        CHECK(order.at("deliveryState") == "delivered");
        CHECK(order.at("paymentState") == "captured");
    }
    {
        INFO("cancelling the order cancels its delivery");
        CHECK(shop.orders("o-2", "1@uengine.org", "tv", 2).at("state") == "confirmed");
        shop.waits_for_state("/v1/deliveries/o-2", "prepared");
        CHECK(shop.available("tv") == 5);
        CHECK(shop.cancels("o-2").at("state") == "cancelled");
        CHECK(shop.sees("/v1/deliveries/o-2").at("state") == "cancelled");
    }
    {
        INFO("a cancelled delivery puts the goods back");
        CHECK(shop.available("tv") == 7);
        CHECK(shop.on_hand("tv") == 7);
    }
    {
        INFO("my page shows order, item, quantity, price, order state and delivery state in one query");
        const auto page = shop.sees("/v1/customers/1@uengine.org/orders").at("items");
        REQUIRE(page.size() == 2);
        const auto& first = page.at(1);
        CHECK(first.at("orderId") == "o-1");
        CHECK(first.at("lines").at(0).at("productName") == "55인치 TV");
        CHECK(first.at("lines").at(0).at("quantity") == 3);
        CHECK(first.at("lines").at(0).at("unitPrice").at("amount") == 10000);
        CHECK(first.at("total").at("amount") == 30000);
        CHECK(first.at("state") == "completed");
        CHECK(first.at("deliveryState") == "delivered");
    }
}

TEST_CASE("shop: goods on their way are called back") {
    Story shop;
    shop.registers("tv", "TV", 10000);
    shop.registers("radio", "Radio", 500);
    shop.receives("tv", 7);
    shop.receives("radio", 5);
    {
        INFO("goods that are on their way are called back, and count when they are here");
        CHECK(shop.orders("o-3", "1@uengine.org", "tv", 4).at("state") == "confirmed");
        shop.waits_for_state("/v1/deliveries/o-3", "prepared");
        shop.does(200, "/v1/deliveries/o-3/start");
        shop.waits_for("/v1/stock/tv", [](const json& row) { return row.at("onHand") == 3; });
        shop.does(202, "/v1/orders/o-3/cancellation", {{"reason", "changed my mind"}});
        const auto recalled = shop.waits_for_state("/v1/deliveries/o-3", "recalled");
        CHECK(recalled.at("_links").contains("return"));
        CHECK(recalled.at("_links").contains("complete"));
        CHECK_FALSE(recalled.at("_links").contains("start"));
        CHECK(shop.on_hand("tv") == 3);
        CHECK(shop.sees("/v1/orders/o-3").at("state") == "cancelling");
        CHECK(shop.does(200, "/v1/deliveries/o-3/return").json().at("state") == "cancelled");
        const auto order = shop.waits_for_state("/v1/orders/o-3", "cancelled");
        CHECK(order.at("paymentState") == "refunded");
        CHECK(shop.on_hand("tv") == 7);
    }
    {
        INFO("if they arrive after all, the order stands and says why");
        CHECK(shop.orders("o-5", "2@uengine.org", "radio", 2).at("state") == "confirmed");
        shop.waits_for_state("/v1/deliveries/o-5", "prepared");
        shop.does(200, "/v1/deliveries/o-5/start");
        shop.waits_for("/v1/stock/radio", [](const json& row) { return row.at("onHand") == 3; });
        shop.does(202, "/v1/orders/o-5/cancellation");
        shop.waits_for_state("/v1/deliveries/o-5", "recalled");
        shop.does(200, "/v1/deliveries/o-5/completion");
        const auto order = shop.waits_for_state("/v1/orders/o-5", "completed");
        CHECK(order.at("reason") == "already-delivered");
        CHECK(order.at("paymentState") == "captured");
        CHECK(order.at("pending") == false);
        CHECK_FALSE(order.at("_links").contains("cancel"));
        CHECK(shop.on_hand("radio") == 3);
    }
}

TEST_CASE("shop: goods that come back make a returned order, before and after it was completed") {
    Story shop;
    shop.registers("tv", "TV", 10000);
    shop.receives("tv", 5);
    for (const bool delivered : {false, true}) {
        CAPTURE(delivered);
        const std::string id = delivered ? "o-delivered" : "o-on-its-way";
        CHECK(shop.orders(id, "ann", "tv", 2).at("state") == "confirmed");
        shop.waits_for_state("/v1/deliveries/" + id, "prepared");
        shop.does(200, "/v1/deliveries/" + id + "/start");
        if (delivered) {
            shop.does(200, "/v1/deliveries/" + id + "/completion");
            shop.waits_for_state("/v1/orders/" + id, "completed");
        }
        CHECK(shop.does(200, "/v1/deliveries/" + id + "/return").json().at("state") == "returned");
        const auto order = shop.waits_for_state("/v1/orders/" + id, "returned");
        CHECK(order.at("deliveryState") == "returned");
        CHECK(order.at("paymentState") == "refunded");
        CHECK_FALSE(order.at("_links").contains("cancel"));
        CHECK(shop.on_hand("tv") == 5);
        CHECK(shop.does(409, "/v1/orders/" + id + "/cancellation").json().at("code") == "not-cancellable");
        CHECK(shop.does(409, "/v1/deliveries/" + id + "/return").json().at("code") == "already-returned");
        CHECK(shop.messages("ann", id).back() == "delivery.returned");
    }
    const auto returned = shop.sees("/v1/orders?state=returned").at("items");
    CHECK(returned.size() == 2);
}

TEST_CASE("shop: ordering the eleventh of ten is shown pending, then rejected, and the numbers agree again") {
    Story shop;
    shop.registers("tv", "TV", 10000);
    shop.receives("tv", 10);
    CHECK(shop.orders("o-1", "c-1", "tv", 10).at("state") == "confirmed");
    {
        INFO("shown pending");
        shop.backend().sagas.pause();
        shop.does(201, "/v1/orders", {{"orderId", "o-2"}, {"customerId", "c-2"}, {"productId", "tv"}, {"quantity", 1}});
        const auto order = shop.sees("/v1/orders/o-2");
        CHECK(order.at("state") == "placed");
        CHECK(order.at("pending") == true);
    }
    {
        INFO("then rejected");
        shop.backend().sagas.resume();
        const auto order = shop.waits_for_state("/v1/orders/o-2", "rejected");
        CHECK(order.at("pending") == false);
        CHECK(order.at("reason") == "insufficient-stock");
    }
    {
        INFO("and the numbers agree again");
        const auto stock = shop.sees("/v1/stock/tv");
        CHECK(stock.at("onHand") == 10);
        CHECK(stock.at("reserved") == 10);
        CHECK(stock.at("available") == 0);
    }
}

TEST_CASE("shop: the event store is replayed to recreate any of these views") {
    Story shop;
    shop.registers("tv", "TV", 10000);
    shop.receives("tv", 10);
    shop.orders("o-1", "c-1", "tv", 3);
    shop.waits_for_state("/v1/deliveries/o-1", "prepared");
    shop.orders("o-2", "c-1", "tv", 30);
    shop.cancels("o-1");
    const std::vector<std::string> pages{"/v1/customers/c-1/orders", "/v1/stock/tv", "/v1/deliveries",
                                         "/v1/customers/c-1/notifications", "/v1/orders/o-1/saga"};
    // The sagas may still have a last word to write: everything has happened when both are at their end.
    for (const auto* order : {"o-1", "o-2"})
        shop.waits_for("/v1/orders/" + std::string{order} + "/saga", [](const json& shown) {
            return std::ranges::none_of(shown.at("sagas"), [](const json& saga) {
                return saga.at("state") == "running" || saga.at("state") == "compensating";
            });
        });
    std::vector<json> before;
    for (const auto& page : pages) before.push_back(shop.sees(page));

    for (auto* view : shop.backend().views->all()) {
        const auto report = view->rebuild({});
        REQUIRE(report);
        CAPTURE(report->name);
        CHECK(report->differences == 0);
        CHECK(report->switched);
    }
    for (std::size_t i = 0; i < pages.size(); ++i) CHECK(shop.sees(pages[i]) == before[i]);
}
