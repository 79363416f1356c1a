#include "tests/api/offer.hpp"
#include "tests/api/running_server.hpp"
#include "tests/eventually.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

using namespace sillok;
using namespace sillok::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const json one_tv{{"productId", "tv"}, {"quantity", 1}, {"customerId", "c-1"}};

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

TEST_CASE("an operator opens a breaker, closes it and returns it to automatic") {
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

TEST_CASE("an unknown breaker or action is not found") {
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

TEST_CASE("an order that is placed while the breaker is open says pay-later until it is paid") {
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

    // A response after a wait says the same.
    const auto waited = client.post("/v1/orders", one_tv, {{"Prefer", "wait=0"}});
    CHECK(waited.json().at("pendingReason") == "pay-later");
    CHECK(waited.header("retry-after") == "60");

    REQUIRE(set(client, "close").status == 200);
    const auto paid = client.post("/v1/orders", one_tv, {{"Prefer", "wait=5"}});
    CHECK(paid.json().at("state") == "confirmed");
    CHECK_FALSE(paid.json().contains("pendingReason"));
    CHECK(paid.header("retry-after").empty());
    for (const auto& location : {self, waited.header("location")}) {
        json order;
        CHECK(eventually(20s, "the order is confirmed", [&] {
            order = client.get(location).json();
            return order.at("state") == "confirmed";
        }));
        CHECK_FALSE(order.contains("pendingReason"));
    }
    // The stored response has not changed.
    const auto again = client.post("/v1/orders", one_tv, with_key);
    CHECK(again.body == placed.body);
    CHECK(again.header("retry-after") == "60");
}

TEST_CASE("a response after a wait does not say pay-later once the order is paid") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 10);
    REQUIRE(set(client, "open").status == 200);
    std::thread operators{[&] {
        auto other = sillok.client();
        CHECK(eventually(20s, "a saga has work", [&] { return sillok.backend().sagas.counts().outstanding > 0; }));
        set(other, "close");
    }};
    const auto paid = client.post("/v1/orders", one_tv, {{"Prefer", "wait=10"}});
    operators.join();
    CHECK(paid.json().at("state") == "confirmed");
    CHECK_FALSE(paid.json().contains("pendingReason"));
    CHECK(paid.header("retry-after").empty());
}

TEST_CASE("a cached response that says pay-later is replaced once the breaker is closed") {
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
    // Both entity tags have the same version, so a command may use either.
    CHECK(client.post(self + "/cancellation", json::object(), {{"If-Match", late.header("etag")}}).status == 202);
}
