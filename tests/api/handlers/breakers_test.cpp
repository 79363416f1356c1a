#include "tests/api/running_server.hpp"

#include <doctest/doctest.h>

#include <string>
#include <thread>

using namespace sillok;
using namespace sillok::test;
using nlohmann::json;

namespace {

const json one_tv{{"productId", "tv"}, {"quantity", 1}, {"customerId", "c-1"}};

void offer(HttpClient& client, int quantity) {
    REQUIRE(client
                .post("/v1/products",
                      {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 10000}, {"currency", "KRW"}}}})
                .status == 201);
    REQUIRE(client.post("/v1/products/tv/stock-receipts", {{"quantity", quantity}}).status == 201);
}

Reply set(HttpClient& client, const std::string& what) {
    return client.send("POST", "/v1/admin/breakers/payments/" + what);
}

}  // namespace

TEST_CASE("the breakers are listed with what they have seen") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 10);
    REQUIRE(client.post("/v1/orders", one_tv, {{"Prefer", "wait=5"}}).json().at("state") == "confirmed");
    const auto listed = client.get("/v1/admin/breakers");
    CHECK(listed.status == 200);
    const auto items = listed.json().at("items");
    REQUIRE(items.size() == 1);
    CHECK(items[0] == json{{"name", "payments"},
                           {"state", "closed"},
                           {"mode", "auto"},
                           {"failureRate", 0.0},
                           {"slowRate", 0.0},
                           {"calls", 1},
                           {"opened", 0},
                           {"retryAt", nullptr}});
}

TEST_CASE("an operator opens a breaker, closes it and leaves it to itself") {
    RunningServer sillok;
    auto client = sillok.client();
    const auto opened = set(client, "open");
    CHECK(opened.status == 200);
    CHECK(opened.json().at("state") == "open");
    CHECK(opened.json().at("mode") == "open");
    CHECK(opened.json().at("opened") == 1);
    CHECK(client.get("/v1/admin/breakers").json().at("items").at(0) == opened.json());
    const auto half = set(client, "auto").json();
    CHECK(half.at("state") == "half-open");
    CHECK(half.at("mode") == "auto");
    const auto closed = set(client, "close").json();
    CHECK(closed.at("state") == "closed");
    CHECK(closed.at("mode") == "closed");
    CHECK(set(client, "auto").json().at("state") == "closed");
}

TEST_CASE("there is no breaker of another name, and nothing else to do with one") {
    RunningServer sillok;
    auto client = sillok.client();
    for (const auto* what : {"open", "close", "auto"}) {
        const auto refused = client.send("POST", std::string{"/v1/admin/breakers/stock/"} + what);
        CHECK(refused.status == 404);
        CHECK(refused.code() == "breaker-unknown");
    }
    CHECK(set(client, "explode").code() == "not-found");
    CHECK(client.get("/v1/admin/breakers/payments/open").status == 405);
    CHECK(client.get("/v1/admin/breakers").json().at("items").at(0).at("mode") == "auto");
}

TEST_CASE("an order that is taken while the breaker is open says that it is paid later, until it is paid") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 10);
    REQUIRE(set(client, "open").status == 200);

    const Headers with_key{{"Idempotency-Key", "k-1"}};
    const auto placed = client.post("/v1/orders", one_tv, with_key);
    CHECK(placed.status == 201);
    CHECK(placed.json().at("state") == "placed");
    CHECK(placed.json().at("pending") == true);
    CHECK(placed.json().at("pendingReason") == "pay-later");
    CHECK(placed.header("retry-after") == "60");
    const auto self = placed.header("location");
    const Headers seen{{"Sillok-At-Least", placed.header("sillok-position")}, {"Prefer", "wait=5"}};
    const auto waiting = client.get(self, seen);
    CHECK(waiting.json().at("pendingReason") == "pay-later");
    CHECK(waiting.json().at("state") == "placed");
    CHECK(client.get("/v1/orders?state=placed", seen).json().at("items").at(0).at("pendingReason") == "pay-later");

    // Waiting for it is in vain, and the answer says the same.
    const auto in_vain = client.post("/v1/orders", one_tv, {{"Prefer", "wait=0"}});
    CHECK(in_vain.json().at("pendingReason") == "pay-later");
    CHECK(in_vain.header("retry-after") == "60");

    REQUIRE(set(client, "close").status == 200);
    const auto paid = client.post("/v1/orders", one_tv, {{"Prefer", "wait=5"}});
    CHECK(paid.json().at("state") == "confirmed");
    CHECK_FALSE(paid.json().contains("pendingReason"));
    CHECK(paid.header("retry-after").empty());
    for (const auto& location : {self, in_vain.header("location")}) {
        auto order = client.get(location).json();
        for (int i = 0; i < 5'000 && order.at("pending") == true; ++i) order = client.get(location).json();
        CHECK(order.at("state") == "confirmed");
        CHECK_FALSE(order.contains("pendingReason"));
    }
    // The first answer stays the first answer.
    const auto again = client.post("/v1/orders", one_tv, with_key);
    CHECK(again.body == placed.body);
    CHECK(again.header("retry-after") == "60");
}

TEST_CASE("an order that waits for its answer gets one without a hint that has become wrong") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 10);
    REQUIRE(set(client, "open").status == 200);
    std::thread operators{[&] {
        auto other = sillok.client();
        while (sillok.backend().sagas.counts().outstanding == 0) std::this_thread::yield();
        set(other, "close");
    }};
    const auto paid = client.post("/v1/orders", one_tv, {{"Prefer", "wait=10"}});
    operators.join();
    CHECK(paid.json().at("state") == "confirmed");
    CHECK_FALSE(paid.json().contains("pendingReason"));
    CHECK(paid.header("retry-after").empty());
}

TEST_CASE("whoever holds an answer that says later is given the one that does not, though nothing else has changed") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 10);
    REQUIRE(set(client, "open").status == 200);
    const auto placed = client.post("/v1/orders", one_tv);
    const auto self = placed.header("location");
    const Headers seen{{"Sillok-At-Least", placed.header("sillok-position")}, {"Prefer", "wait=5"}};
    const auto late = client.get(self, seen);
    REQUIRE(late.json().at("pendingReason") == "pay-later");
    CHECK(client.get(self, {{"If-None-Match", late.header("etag")}}).status == 304);
    sillok.backend().sagas.pause();
    REQUIRE(set(client, "close").status == 200);
    const auto now = client.get(self, {{"If-None-Match", late.header("etag")}});
    CHECK(now.status == 200);
    CHECK(now.json().at("state") == "placed");
    CHECK_FALSE(now.json().contains("pendingReason"));
    // Its version is the same, and a command may be conditional on either.
    CHECK(client.post(self + "/cancellation", json::object(), {{"If-Match", late.header("etag")}}).status == 202);
}
