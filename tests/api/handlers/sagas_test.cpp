// /v1/admin/sagas: what an operator sees and does.
#include "tests/api/running_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

using namespace sillok;
using namespace sillok::test;
using nlohmann::json;

namespace {

// Waits for what the sagas and read models do by themselves.
template <class Condition>
bool comes_true(Condition&& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    return true;
}

// A server whose order o1 was delivered to somebody who does not pay: its capture is refused, and the saga parked.
struct Unpaid {
    RunningServer sillok;
    HttpClient client = sillok.client();

    Unpaid() {
        REQUIRE(client
                    .post("/v1/products",
                          {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 100}, {"currency", "EUR"}}}})
                    .status == 201);
        REQUIRE(client.post("/v1/products/tv/stock-receipts", {{"quantity", 10}}).status == 201);
        const json order{{"orderId", "o1"}, {"productId", "tv"}, {"quantity", 3}, {"customerId", "kim"}};
        REQUIRE(client.post("/v1/orders", order, {{"Prefer", "wait=5"}}).json().at("state") == "confirmed");
        // Somebody else has voided the payment: there is nothing to be captured any more.
        const CommandContext context{{.time = Timestamp{1}, .command_id = uuid_v7(1, 2, 3), .actor = "bank"}, {}, {}};
        REQUIRE(sillok.backend().payments.submit(OrderId{"o1"}, payment::command::Void{}, context));
        REQUIRE(client.post("/v1/deliveries/o1/start", json::object()).status == 200);
        // The read model may not even have the saga yet.
        REQUIRE(comes_true([&] { return saga().value("state", "") == "parked"; }));
    }
    json saga() { return client.get("/v1/admin/sagas/fulfilment-o1").json(); }
    Reply intervene(const std::string& verb, const json& body, Headers headers = {}) {
        return client.post("/v1/admin/sagas/fulfilment-o1/" + verb, body, std::move(headers));
    }
};

}  // namespace

TEST_CASE("a parked saga is listed with its step and reason, and with what an operator can do") {
    Unpaid shop;
    const auto list = shop.client.get("/v1/admin/sagas?state=parked").json();
    REQUIRE(list.at("items").size() == 1);
    const auto& parked = list.at("items").at(0);
    CHECK(parked.at("saga") == "fulfilment-o1");
    CHECK(parked.at("parkedStep") == "capture");
    CHECK(parked.at("parkedReason") == "not-authorised");
    CHECK(parked.at("_links").at("skip").at("href") == "/v1/admin/sagas/fulfilment-o1/skip");
    CHECK(shop.client.get("/v1/admin/sagas?state=running").json().at("items").empty());
    CHECK(shop.client.get("/v1/admin/sagas?state=asleep").status == 400);
    CHECK(shop.client.get("/v1/admin/sagas").json().at("items").size() == 1);
}

TEST_CASE("a skipped step lets the order go on, and the trail says who did it and why") {
    Unpaid shop;
    const auto noted = shop.intervene("annotate", {{"reason", "called the customer"}});
    CHECK(noted.status == 200);
    CHECK(shop.saga().at("state") == "parked");
    const auto skipped =
        shop.intervene("skip", {{"reason", "paid in cash"}, {"step", "capture"}, {"result", "receipt 17"}});
    CHECK(skipped.status == 200);
    CHECK(skipped.json().at("step") == "capture");
    CHECK_FALSE(skipped.header("sillok-position").empty());
    REQUIRE(shop.client.post("/v1/deliveries/o1/completion", json::object()).status == 200);
    REQUIRE(comes_true([&] { return shop.saga().at("state") == "completed"; }));
    const auto interventions = shop.saga().at("interventions");
    REQUIRE(interventions.size() == 2);
    CHECK(interventions.at(1).at("verb") == "skip");
    CHECK(interventions.at(1).at("actor") == "operator");
    CHECK(interventions.at(1).at("result") == "receipt 17");
}

TEST_CASE("the same key gets the first answer again, and intervenes once") {
    Unpaid shop;
    const json body{{"reason", "once"}};
    const auto first = shop.intervene("annotate", body, {{"Idempotency-Key", "note-1"}});
    const auto again = shop.intervene("annotate", body, {{"Idempotency-Key", "note-1"}});
    CHECK(first.status == 200);
    CHECK(again.body == first.body);
    CHECK(again.header("idempotent-replayed") == "true");
    CHECK(comes_true([&] { return shop.saga().contains("interventions"); }));
    CHECK(shop.saga().at("interventions").size() == 1);
}

TEST_CASE("an operator's request that makes no sense is refused by name, and changes nothing") {
    Unpaid shop;
    const auto version = shop.saga().at("version");
    const auto refused = [&](const std::string& verb, const json& body, int status, const std::string& code) {
        const auto answer = shop.intervene(verb, body);
        CAPTURE(verb);
        CHECK(answer.status == status);
        CHECK(answer.json().at("code") == code);
    };
    refused("retry", json::object(), 400, "invalid-body");
    refused("retry", {{"reason", "?"}, {"step", "kapture"}}, 422, "saga-step-unknown");
    refused("retry", {{"reason", "?"}, {"step", "authorise"}}, 409, "saga-at-another-step");
    refused("skip", {{"reason", "?"}}, 422, "saga-result-missing");
    refused("skip", {{"reason", "?"}, {"result", 7}}, 400, "invalid-body");
    refused("compensate", {{"reason", "?"}}, 409, "saga-past-pivot");
    refused("retry", {{"reason", "?"}, {"result", "not asked for"}}, 400, "invalid-body");
    CHECK(shop.intervene("retry", {{"reason", "?"}}, {{"If-Match", "\"v1\""}}).status == 412);
    CHECK(shop.client.post("/v1/admin/sagas/fulfilment-o2/retry", {{"reason", "?"}}).json().at("code") ==
          "saga-unknown");
    CHECK(shop.client.post("/v1/admin/sagas/nonsense/retry", {{"reason", "?"}}).json().at("code") == "saga-unknown");
    CHECK(shop.client.get("/v1/admin/sagas/fulfilment-o2").status == 404);
    CHECK(shop.client.post("/v1/admin/sagas/fulfilment-o1/explode", {{"reason", "?"}}).status == 404);
    CHECK(shop.saga().at("version") == version);
}
