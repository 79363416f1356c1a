// /v1/admin/sagas: an operator's queries and actions.
#include "tests/api/offer.hpp"
#include "tests/api/running_server.hpp"
#include "tests/eventually.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

using namespace sillok;
using namespace sillok::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// The capture of order o1 was refused, so its saga is parked.
struct ParkedSagaFixture {
    RunningServer sillok;
    HttpClient client = sillok.client();

    ParkedSagaFixture() {
        offer(client, 10, {{"amount", 100}, {"currency", "EUR"}});
        const json order{{"orderId", "o1"}, {"productId", "tv"}, {"quantity", 3}, {"customerId", "kim"}};
        REQUIRE(client.post("/v1/orders", order, {{"Prefer", "wait=5"}}).json().at("state") == "confirmed");
        // The bank voids the payment, so it cannot be captured any more.
        const CommandContext context{{.time = Timestamp{1}, .command_id = uuid_v7(1, 2, 3), .actor = "bank"}, {}, {}};
        REQUIRE(sillok.backend().payments.submit(OrderId{"o1"}, payment::command::Void{}, context));
        REQUIRE(client.post("/v1/deliveries/o1/start", json::object()).status == 200);
        REQUIRE(eventually(20s, "the saga is parked", [&] { return saga().value("state", "") == "parked"; }));
    }
    json saga() { return client.get("/v1/admin/sagas/fulfilment-o1").json(); }
    Reply intervene(const std::string& verb, const json& body, Headers headers = {}) {
        return client.post("/v1/admin/sagas/fulfilment-o1/" + verb, body, std::move(headers));
    }
};

}  // namespace

TEST_CASE("a parked saga is listed with its step, its reason and the allowed actions") {
    ParkedSagaFixture fixture;
    const auto list = fixture.client.get("/v1/admin/sagas?state=parked").json();
    REQUIRE(list.at("items").size() == 1);
    const auto& parked = list.at("items").at(0);
    CHECK(parked.at("saga") == "fulfilment-o1");
    CHECK(parked.at("parkedStep") == "capture");
    CHECK(parked.at("parkedReason") == "not-authorised");
    CHECK(parked.at("_links").at("skip").at("href") == "/v1/admin/sagas/fulfilment-o1/skip");
    CHECK(fixture.client.get("/v1/admin/sagas?state=running").json().at("items").empty());
    CHECK(fixture.client.get("/v1/admin/sagas?state=asleep").status == 400);
    CHECK(fixture.client.get("/v1/admin/sagas").json().at("items").size() == 1);
}

TEST_CASE("after a skipped step the order continues, and the saga shows who skipped it and why") {
    ParkedSagaFixture fixture;
    const auto noted = fixture.intervene("annotate", {{"reason", "called the customer"}});
    CHECK(noted.status == 200);
    CHECK(fixture.saga().at("state") == "parked");
    const auto skipped =
        fixture.intervene("skip", {{"reason", "paid in cash"}, {"step", "capture"}, {"result", "receipt 17"}});
    CHECK(skipped.status == 200);
    CHECK(skipped.json().at("step") == "capture");
    CHECK_FALSE(skipped.header("sillok-position").empty());
    REQUIRE(fixture.client.post("/v1/deliveries/o1/completion", json::object()).status == 200);
    REQUIRE(eventually(20s, "the saga is completed", [&] { return fixture.saga().at("state") == "completed"; }));
    const auto interventions = fixture.saga().at("interventions");
    REQUIRE(interventions.size() == 2);
    CHECK(interventions.at(1).at("verb") == "skip");
    CHECK(interventions.at(1).at("actor") == "operator");
    CHECK(interventions.at(1).at("result") == "receipt 17");
}

TEST_CASE("a repeated action with the same key gets the first response and has one effect") {
    ParkedSagaFixture fixture;
    const json body{{"reason", "once"}};
    const auto first = fixture.intervene("annotate", body, {{"Idempotency-Key", "note-1"}});
    const auto again = fixture.intervene("annotate", body, {{"Idempotency-Key", "note-1"}});
    CHECK(first.status == 200);
    CHECK(again.body == first.body);
    CHECK(again.header("idempotent-replayed") == "true");
    CHECK(eventually(20s, "the note is shown", [&] { return fixture.saga().contains("interventions"); }));
    CHECK(fixture.saga().at("interventions").size() == 1);
}

TEST_CASE("compensation past the pivot calls the goods back, and ends when they are here") {
    ParkedSagaFixture fixture;
    CHECK(fixture.intervene("compensate", {{"reason", "nobody pays"}}).status == 200);
    const auto shows = [&](const std::string& target, const std::string& state) {
        return eventually(20s, target + " is " + state,
                          [&] { return fixture.client.get(target).json().at("state") == state; });
    };
    CHECK(shows("/v1/deliveries/o1", "recalled"));
    CHECK(fixture.saga().at("state") == "stopped");
    CHECK(fixture.client.get("/v1/orders/o1").json().at("reason") == "nobody pays");
    CHECK(fixture.client.post("/v1/deliveries/o1/return", json::object()).status == 200);
    CHECK(shows("/v1/orders/o1", "cancelled"));
}

TEST_CASE("a delivered order cannot be cancelled, also while its payment is not captured") {
    ParkedSagaFixture fixture;
    CHECK(fixture.client.get("/v1/orders/o1").json().at("_links").contains("cancel"));
    const auto arrived = fixture.client.post("/v1/deliveries/o1/completion", json::object());
    REQUIRE(arrived.status == 200);
    const auto refused = fixture.client.post("/v1/orders/o1/cancellation", json::object());
    CHECK(refused.status == 409);
    CHECK(refused.json().at("code") == "not-cancellable");
    const auto shown =
        fixture.client.get("/v1/orders/o1", {{"Sillok-At-Least", arrived.header("sillok-position")}}).json();
    CHECK(shown.at("state") == "confirmed");
    CHECK_FALSE(shown.at("_links").contains("cancel"));
}

TEST_CASE("an invalid action is refused with its own code, and changes nothing") {
    ParkedSagaFixture fixture;
    const auto version = fixture.saga().at("version");
    const auto refused = [&](const std::string& verb, const json& body, int status, const std::string& code) {
        const auto reply = fixture.intervene(verb, body);
        CAPTURE(verb);
        CHECK(reply.status == status);
        CHECK(reply.json().at("code") == code);
    };
    refused("retry", json::object(), 400, "invalid-body");
    refused("retry", {{"reason", "?"}, {"step", "kapture"}}, 422, "saga-step-unknown");
    refused("retry", {{"reason", "?"}, {"step", "authorise"}}, 409, "saga-at-another-step");
    refused("skip", {{"reason", "?"}}, 422, "saga-result-missing");
    refused("skip", {{"reason", "?"}, {"result", 7}}, 400, "invalid-body");
    refused("retry", {{"reason", "?"}, {"result", "not asked for"}}, 400, "invalid-body");
    CHECK(fixture.intervene("retry", {{"reason", "?"}}, {{"If-Match", "\"v1\""}}).status == 412);
    CHECK(fixture.client.post("/v1/admin/sagas/fulfilment-o2/retry", {{"reason", "?"}}).json().at("code") ==
          "saga-unknown");
    CHECK(fixture.client.post("/v1/admin/sagas/nonsense/retry", {{"reason", "?"}}).json().at("code") == "saga-unknown");
    CHECK(fixture.client.get("/v1/admin/sagas/fulfilment-o2").status == 404);
    CHECK(fixture.client.post("/v1/admin/sagas/fulfilment-o1/explode", {{"reason", "?"}}).status == 404);
    CHECK(fixture.saga().at("version") == version);
}
