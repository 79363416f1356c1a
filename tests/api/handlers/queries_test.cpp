#include "tests/api/running_server.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace sillok;
using namespace sillok::test;
using nlohmann::json;

namespace {

struct Shop {
    RunningServer sillok;
    HttpClient client = sillok.client();

    Shop() {
        CHECK(client
                  .post("/v1/products",
                        {{"productId", "tv"}, {"name", "Red TV"}, {"price", {{"amount", 10000}, {"currency", "KRW"}}}})
                  .status == 201);
        CHECK(client.post("/v1/products/tv/stock-receipts", {{"quantity", 100}}).status == 201);
    }
    json order(const std::string& id, const std::string& customer = "c-1", int quantity = 1) {
        const auto reply = client.post(
            "/v1/orders", {{"orderId", id}, {"productId", "tv"}, {"quantity", quantity}, {"customerId", customer}},
            {{"Prefer", "wait=5"}});
        CHECK(reply.status == 201);
        position = reply.header("sillok-position");
        return reply.json();
    }
    // A query that has seen the last command.
    Reply get(const std::string& target) { return client.get(target, {{"Sillok-At-Least", position}}); }

    std::string position = "2";
};

}  // namespace

TEST_CASE("a query says what it has seen, and waits for more when asked") {
    Shop shop;
    const auto order = shop.order("o-1");
    const auto shown = shop.get("/v1/orders/o-1");
    CHECK(shown.status == 200);
    CHECK(std::stoull(shown.header("sillok-position")) >= std::stoull(shop.position));
    CHECK_FALSE(shown.header("sillok-lag-ms").empty());

    const auto future = shop.client.get("/v1/orders/o-1", {{"Sillok-At-Least", "1000000"}, {"Prefer", "wait=0"}});
    CHECK(future.status == 503);
    CHECK(future.code() == "not-yet-visible");
    CHECK_FALSE(future.header("retry-after").empty());
    CHECK(shop.client.get("/v1/events", {{"Sillok-At-Least", "1000000"}, {"Prefer", "wait=0"}}).code() ==
          "not-yet-visible");
}

TEST_CASE("who holds the representation already is told so") {
    Shop shop;
    shop.order("o-1");
    for (const std::string target : {"/v1/orders/o-1", "/v1/products/tv", "/v1/stock/tv"}) {
        CAPTURE(target);
        const auto first = shop.get(target);
        const auto second = shop.client.get(target, {{"If-None-Match", first.header("etag")}});
        if (second.status == 200)
            CHECK(second.header("etag") != first.header("etag"));  // the saga has gone on meanwhile
        if (second.status == 304) CHECK(second.body.empty());
        CHECK(shop.client.get(target, {{"If-None-Match", "*"}}).status == 304);
    }
}

TEST_CASE("a product is found by a part of its name, until it is discontinued") {
    Shop shop;
    CHECK(shop.get("/v1/products?search=red+t").json().at("items").size() == 1);
    CHECK(shop.get("/v1/products?search=blue").json().at("items").empty());
    shop.position = shop.client.remove("/v1/products/tv").header("sillok-position");
    CHECK(shop.get("/v1/products").json().at("items").empty());
    CHECK(shop.get("/v1/products/tv").json().at("discontinued") == true);
}

TEST_CASE("pages follow one another until nothing is left") {
    Shop shop;
    for (int i = 0; i < 5; ++i) shop.order("o-" + std::to_string(i));
    std::set<std::string> seen;
    std::string target = "/v1/orders?customerId=c-1&limit=2";
    for (int pages = 0; !target.empty() && pages < 10; ++pages) {
        const auto page = shop.get(target);
        CHECK(page.status == 200);
        const auto body = page.json();
        for (const auto& order : body.at("items")) CHECK(seen.insert(order.at("orderId")).second);
        target = body.at("_links").contains("next") ? body.at("_links").at("next").at("href").get<std::string>() : "";
        if (!target.empty()) CHECK(page.header("link") == '<' + target + ">; rel=\"next\"");
    }
    CHECK(seen.size() == 5);
}

TEST_CASE("orders are listed by customer and by state, newest first") {
    Shop shop;
    shop.order("o-1", "c-1");
    shop.order("o-2", "c-2");
    shop.order("o-3", "c-1", 1000);
    const auto ids = [&shop](const std::string& target) {
        std::string result;
        const auto page = shop.get(target).json();
        for (const auto& order : page.at("items")) result += order.at("orderId").get<std::string>() + ' ';
        return result;
    };
    CHECK(ids("/v1/orders") == "o-3 o-2 o-1 ");
    CHECK(ids("/v1/orders?customerId=c-1") == "o-3 o-1 ");
    CHECK(ids("/v1/orders?state=rejected") == "o-3 ");
    CHECK(ids("/v1/customers/c-1/orders") == "o-3 o-1 ");
    CHECK(ids("/v1/customers/nobody/orders").empty());
}

TEST_CASE("an order is shown as it was at any position and time") {
    Shop shop;
    const auto order = shop.order("o-1");
    CHECK(order.at("state") == "confirmed");
    const auto trail = shop.get("/v1/orders/o-1/events").json().at("items");
    REQUIRE(trail.size() > 2);
    CHECK(trail.at(0).at("type") == "order.placed");
    const auto placed_at = trail.at(0).at("position").get<std::uint64_t>();

    const auto then = shop.get("/v1/orders/o-1?asOf=" + std::to_string(placed_at));
    CHECK(then.status == 200);
    CHECK(then.json().at("state") == "placed");
    CHECK(then.json().at("pending") == true);
    CHECK(then.json().at("paymentState").is_null());
    CHECK(shop.get("/v1/orders/o-1?asOf=" + std::to_string(placed_at - 1)).status == 404);
    CHECK(shop.get("/v1/orders/o-1?asOf=2001-01-01T00:00:00Z").status == 404);
    const auto now = shop.get("/v1/orders/o-1?asOf=2999-01-01T00:00:00Z").json();
    CHECK(now.at("state") == "confirmed");
    CHECK(now.at("lines") == order.at("lines"));
}

TEST_CASE("an order's saga tells its steps with their outcomes") {
    Shop shop;
    shop.order("o-1", "c-1", 1000);
    const auto saga = shop.get("/v1/orders/o-1/saga").json().at("sagas").at(0);
    CHECK(saga.at("definition") == "fulfilment");
    REQUIRE_FALSE(saga.at("steps").empty());
    CHECK(saga.at("steps").at(0).at("outcome") == "refused");
    CHECK(saga.at("steps").at(0).at("code") == "insufficient-stock");
}

TEST_CASE("an order's trail comes in pages, too") {
    Shop shop;
    shop.order("o-1");
    const auto first = shop.get("/v1/orders/o-1/events?limit=1").json();
    CHECK(first.at("items").size() == 1);
    const auto second = shop.get(first.at("_links").at("next").at("href")).json();
    CHECK(second.at("items").at(0).at("position") > first.at("items").at(0).at("position"));
}

TEST_CASE("the log is read page by page, by category and by type") {
    Shop shop;
    shop.order("o-1");
    const auto all = shop.get("/v1/events?limit=500").json().at("items");
    CHECK(all.at(0).at("type") == "product.registered");
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(all.at(i).at("position") == i + 1);
    CHECK(shop.get("/v1/events?after=1&limit=1").json().at("items").at(0).at("type") == "stock.received");
    const auto orders = shop.get("/v1/events?category=order").json();
    CHECK_FALSE(orders.at("items").empty());
    for (const auto& event : orders.at("items")) CHECK(event.at("stream") == "order-o-1");
    CHECK(shop.get("/v1/events?type=stock.reserved").json().at("items").size() == 1);

    std::size_t read = 0;
    std::string target = "/v1/events?limit=3";
    while (!target.empty()) {
        const auto page = shop.get(target).json();
        read += page.at("items").size();
        target = page.at("_links").contains("next") ? page.at("_links").at("next").at("href").get<std::string>() : "";
    }
    CHECK(read >= all.size());
}

TEST_CASE("links name only the commands that are legal now") {
    Shop shop;
    shop.order("o-1");
    CHECK(shop.get("/v1/orders/o-1").json().at("_links").contains("cancel"));
    CHECK(shop.get("/v1/products/tv").json().at("_links").contains("discontinue"));
    shop.order("o-2", "c-1", 1000);
    CHECK_FALSE(shop.get("/v1/orders/o-2").json().at("_links").contains("cancel"));
}

TEST_CASE("health depends on nothing outside the process, and tells the parts when asked") {
    Shop shop;
    CHECK(shop.client.get("/livez").status == 200);
    const auto ready = shop.client.get("/readyz");
    CHECK(ready.status == 200);
    CHECK_FALSE(ready.json().contains("projections"));
    const auto verbose = shop.client.get("/readyz?verbose").json();
    CHECK(verbose.at("log").at("accepting") == true);
    CHECK(verbose.at("projections").size() == 5);
    CHECK(verbose.at("sagas").at("running") == true);
}

TEST_CASE("when the log takes no commands, queries go on") {
    Shop shop;
    shop.order("o-1");
    shop.sillok.backend().store.close();
    const auto refused = shop.client.post("/v1/products/tv/stock-receipts", {{"quantity", 1}});
    CHECK(refused.status == 503);
    CHECK(refused.code() == "log-unavailable");
    CHECK_FALSE(refused.header("retry-after").empty());
    CHECK(shop.client.get("/v1/orders/o-1").status == 200);
    CHECK(shop.client.get("/readyz").status == 503);
    CHECK(shop.client.get("/livez").status == 200);
}
