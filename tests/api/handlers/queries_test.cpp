#include "tests/api/running_server.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>

using namespace sillok;
using namespace sillok::test;
using nlohmann::json;

namespace {

// A server with 100 pieces of "tv", and a client that reads its own writes.
struct QueryFixture {
    RunningServer sillok;
    HttpClient client = sillok.client();

    QueryFixture() {
        const json price{{"amount", 10000}, {"currency", "KRW"}};
        REQUIRE(client.post("/v1/products", {{"productId", "tv"}, {"name", "Red TV"}, {"price", price}}).status == 201);
        REQUIRE(client.post("/v1/products/tv/stock-receipts", {{"quantity", 100}}).status == 201);
    }
    json order(const std::string& id, const std::string& customer = "c-1", int quantity = 1) {
        const auto reply = client.post(
            "/v1/orders", {{"orderId", id}, {"productId", "tv"}, {"quantity", quantity}, {"customerId", customer}},
            {{"Prefer", "wait=5"}});
        CHECK(reply.status == 201);
        position = reply.header("sillok-position");
        return reply.json();
    }
    // A query whose rows contain the last command.
    Reply get(const std::string& target) { return client.get(target, {{"Sillok-At-Least", position}}); }

    std::string position = "2";
};

}  // namespace

TEST_CASE("a query tells its position, and waits for a later one on request") {
    QueryFixture fixture;
    const auto order = fixture.order("o-1");
    const auto shown = fixture.get("/v1/orders/o-1");
    CHECK(shown.status == 200);
    CHECK(std::stoull(shown.header("sillok-position")) >= std::stoull(fixture.position));
    CHECK_FALSE(shown.header("sillok-lag-ms").empty());

    // A read model that lags: 503. A position that the log does not have either: it is of another log.
    fixture.sillok.backend().views->pause();
    fixture.order("o-2");
    const auto behind =
        fixture.client.get("/v1/orders/o-1", {{"Sillok-At-Least", fixture.position}, {"Prefer", "wait=0"}});
    CHECK(behind.status == 503);
    CHECK(behind.code() == "not-yet-visible");
    CHECK_FALSE(behind.header("retry-after").empty());
    for (const std::string target : {"/v1/orders/o-1", "/v1/orders", "/v1/stock/tv", "/v1/events"}) {
        CAPTURE(target);
        const auto unknown = fixture.client.get(target, {{"Sillok-At-Least", "1000000"}, {"Prefer", "wait=0"}});
        CHECK(unknown.status == 409);
        CHECK(unknown.code() == "position-unknown");
    }
}

TEST_CASE("If-None-Match gets 304 while the representation has not changed") {
    QueryFixture fixture;
    fixture.order("o-1");
    for (const std::string target : {"/v1/orders/o-1", "/v1/products/tv", "/v1/stock/tv"}) {
        CAPTURE(target);
        const auto first = fixture.get(target);
        const auto second = fixture.client.get(target, {{"If-None-Match", first.header("etag")}});
        if (second.status == 200)
            CHECK(second.header("etag") != first.header("etag"));  // the saga has gone on meanwhile
        if (second.status == 304) CHECK(second.body.empty());
        CHECK(fixture.client.get(target, {{"If-None-Match", "*"}}).status == 304);
    }
}

TEST_CASE("a product is found by part of its name until it is discontinued") {
    QueryFixture fixture;
    CHECK(fixture.get("/v1/products?search=red+t").json().at("items").size() == 1);
    CHECK(fixture.get("/v1/products?search=blue").json().at("items").empty());
    fixture.position = fixture.client.remove("/v1/products/tv").header("sillok-position");
    CHECK(fixture.get("/v1/products").json().at("items").empty());
    CHECK(fixture.get("/v1/products/tv").json().at("discontinued") == true);
}

TEST_CASE("the next links lead through all pages") {
    QueryFixture fixture;
    for (int i = 0; i < 5; ++i) fixture.order("o-" + std::to_string(i));
    std::set<std::string> seen;
    std::string target = "/v1/orders?customerId=c-1&limit=2";
    for (int pages = 0; !target.empty() && pages < 10; ++pages) {
        const auto page = fixture.get(target);
        CHECK(page.status == 200);
        const auto body = page.json();
        for (const auto& order : body.at("items")) CHECK(seen.insert(order.at("orderId")).second);
        target = body.at("_links").contains("next") ? body.at("_links").at("next").at("href").get<std::string>() : "";
        if (!target.empty()) CHECK(page.header("link") == '<' + target + ">; rel=\"next\"");
    }
    CHECK(seen.size() == 5);
}

TEST_CASE("a next link keeps its search, with every character") {
    QueryFixture fixture;
    const std::vector<std::pair<std::string, std::string>> searches{{"C++", "C%2B%2B"},
                                                                    {"50% & more", "50%25+%26+more"},
                                                                    {"a=b", "a%3Db"},
                                                                    {"\"[{#?/", "%22%5B%7B%23%3F%2F"},
                                                                    {"\xEA\xB0\x95", "%EA%B0%95"}};
    for (const auto& [name, search] : searches) {
        CAPTURE(name);
        for (int i = 0; i < 3; ++i) {
            const auto made = fixture.client.post(
                "/v1/products", {{"name", name + std::to_string(i)}, {"price", {{"amount", 1}, {"currency", "KRW"}}}});
            CHECK(made.status == 201);
            fixture.position = made.header("sillok-position");
        }
        const auto first = fixture.get("/v1/products?search=" + search + "&limit=2").json();
        CHECK(first.at("items").size() == 2);
        const auto second = fixture.get(first.at("_links").at("next").at("href")).json();
        REQUIRE(second.at("items").size() == 1);
        CHECK(second.at("items")[0].at("name") == name + "2");
    }
}

TEST_CASE("orders are listed by customer and by state, newest first") {
    QueryFixture fixture;
    fixture.order("o-1", "c-1");
    fixture.order("o-2", "c-2");
    fixture.order("o-3", "c-1", 1000);
    const auto ids = [&fixture](const std::string& target) {
        std::string result;
        const auto page = fixture.get(target).json();
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
    QueryFixture fixture;
    const auto order = fixture.order("o-1");
    CHECK(order.at("state") == "confirmed");
    const auto trail = fixture.get("/v1/orders/o-1/events").json().at("items");
    REQUIRE(trail.size() > 2);
    CHECK(trail.at(0).at("type") == "order.placed");
    const auto placed_at = trail.at(0).at("position").get<std::uint64_t>();

    const auto then = fixture.get("/v1/orders/o-1?asOf=" + std::to_string(placed_at));
    CHECK_FALSE(then.json().at("_links").contains("cancel"));
    CHECK(then.status == 200);
    CHECK(then.json().at("state") == "placed");
    CHECK(then.json().at("pending") == true);
    CHECK(then.json().at("paymentState").is_null());
    CHECK(fixture.get("/v1/orders/o-1?asOf=" + std::to_string(placed_at - 1)).status == 404);
    CHECK(fixture.get("/v1/orders/o-1?asOf=2001-01-01T00:00:00Z").status == 404);
    const auto now = fixture.get("/v1/orders/o-1?asOf=2999-01-01T00:00:00Z").json();
    CHECK(now.at("state") == "confirmed");
    CHECK(now.at("lines") == order.at("lines"));
}

TEST_CASE("an order's saga shows its steps with their outcomes") {
    QueryFixture fixture;
    fixture.order("o-1", "c-1", 1000);
    const auto saga = fixture.get("/v1/orders/o-1/saga").json().at("sagas").at(0);
    CHECK(saga.at("definition") == "fulfilment");
    REQUIRE_FALSE(saga.at("steps").empty());
    CHECK(saga.at("steps").at(0).at("outcome") == "refused");
    CHECK(saga.at("steps").at(0).at("code") == "insufficient-stock");
}

TEST_CASE("an order's events are paged") {
    QueryFixture fixture;
    fixture.order("o-1");
    const auto first = fixture.get("/v1/orders/o-1/events?limit=1").json();
    CHECK(first.at("items").size() == 1);
    const auto second = fixture.get(first.at("_links").at("next").at("href")).json();
    CHECK(second.at("items").at(0).at("position") > first.at("items").at(0).at("position"));
}

TEST_CASE("the log is read page by page, by category and by type") {
    QueryFixture fixture;
    fixture.order("o-1");
    const auto all = fixture.get("/v1/events?limit=500").json().at("items");
    CHECK(all.at(0).at("type") == "product.registered");
    for (std::size_t i = 0; i < all.size(); ++i) CHECK(all.at(i).at("position") == i + 1);
    CHECK(fixture.get("/v1/events?after=1&limit=1").json().at("items").at(0).at("type") == "stock.received");
    const auto orders = fixture.get("/v1/events?category=order").json();
    CHECK_FALSE(orders.at("items").empty());
    for (const auto& event : orders.at("items")) CHECK(event.at("stream") == "order-o-1");
    CHECK(fixture.get("/v1/events?type=stock.reserved").json().at("items").size() == 1);

    std::size_t read = 0;
    std::string target = "/v1/events?limit=3";
    while (!target.empty()) {
        const auto page = fixture.get(target).json();
        read += page.at("items").size();
        target = page.at("_links").contains("next") ? page.at("_links").at("next").at("href").get<std::string>() : "";
    }
    CHECK(read >= all.size());
}

TEST_CASE("links name only the commands that are allowed now") {
    QueryFixture fixture;
    fixture.order("o-1");
    CHECK(fixture.get("/v1/orders/o-1").json().at("_links").contains("cancel"));
    CHECK(fixture.get("/v1/products/tv").json().at("_links").contains("discontinue"));
    fixture.order("o-2", "c-1", 1000);
    CHECK_FALSE(fixture.get("/v1/orders/o-2").json().at("_links").contains("cancel"));
}

TEST_CASE("health shows its components on request") {
    QueryFixture fixture;
    CHECK(fixture.client.get("/livez").status == 200);
    const auto ready = fixture.client.get("/readyz");
    CHECK(ready.status == 200);
    CHECK_FALSE(ready.json().contains("projections"));
    const auto verbose = fixture.client.get("/readyz?verbose").json();
    CHECK(verbose.at("log").at("accepting") == true);
    CHECK(verbose.at("projections").size() == 5);
    CHECK(verbose.at("sagas").at("running") == true);
}

TEST_CASE("while the log accepts no commands, queries still work") {
    QueryFixture fixture;
    fixture.order("o-1");
    fixture.sillok.backend().store.close();
    const auto refused = fixture.client.post("/v1/products/tv/stock-receipts", {{"quantity", 1}});
    CHECK(refused.status == 503);
    CHECK(refused.code() == "log-unavailable");
    CHECK_FALSE(refused.header("retry-after").empty());
    CHECK(fixture.client.get("/v1/orders/o-1").status == 200);
    CHECK(fixture.client.get("/readyz").status == 503);
    CHECK(fixture.client.get("/livez").status == 200);
}
