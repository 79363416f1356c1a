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

json order_number(int number) {
    return {{"orderId", "o" + std::to_string(number)}, {"productId", "tv"}, {"quantity", 1}, {"customerId", "c-1"}};
}

Reply set(HttpClient& client, const std::string& component, const std::string& action) {
    return client.send("POST", "/v1/admin/parts/" + component + "/" + action);
}

std::string state_of(HttpClient& client, int number) {
    const auto shown = client.get("/v1/orders/o" + std::to_string(number));
    return shown.status == 200 ? shown.json().at("state").get<std::string>() : "unseen";
}

bool becomes(HttpClient& client, int number, const std::string& state) {
    return eventually(10s, "order " + std::to_string(number) + " is " + state,
                      [&] { return state_of(client, number) == state; });
}

}  // namespace

TEST_CASE("while sagas are paused orders are accepted, and then each is fulfilled once") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 100);
    CHECK(set(client, "sagas", "pause").json() == json{{"name", "sagas"}, {"paused", true}});
    for (int number = 0; number < 20; ++number) CHECK(client.post("/v1/orders", order_number(number)).status == 201);
    CHECK(becomes(client, 19, "placed"));
    CHECK(set(client, "sagas", "resume").json() == json{{"name", "sagas"}, {"paused", false}});
    for (int number = 0; number < 20; ++number) CHECK(becomes(client, number, "confirmed"));
    const auto stock = client.get("/v1/stock/tv").json();
    CHECK(stock.at("reserved") == 20);
}

TEST_CASE("while projections are paused orders are accepted and fulfilled, and then each is shown once") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 100);
    CHECK(set(client, "projections", "pause").status == 200);
    for (int number = 0; number < 20; ++number) CHECK(client.post("/v1/orders", order_number(number)).status == 201);
    CHECK(state_of(client, 19) == "unseen");
    CHECK(client.get("/v1/admin/parts").json().at("items").at(1) == json{{"name", "projections"}, {"paused", true}});
    CHECK(set(client, "projections", "resume").status == 200);
    for (int number = 0; number < 20; ++number) CHECK(becomes(client, number, "confirmed"));
    CHECK(client.get("/v1/customers/c-1/orders?limit=500").json().at("items").size() == 20);
    CHECK(sillok.backend().views->check().empty());
}

TEST_CASE("while deliveries are paused orders are accepted, and deliveries are refused") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 100);
    CHECK(set(client, "deliveries", "pause").status == 200);
    CHECK(client.post("/v1/orders", order_number(1), {{"Prefer", "wait=5"}}).json().at("state") == "confirmed");
    const auto refused = client.post("/v1/deliveries/o1/start", json::object());
    CHECK(refused.status == 503);
    CHECK(refused.code() == "part-paused");
    CHECK(refused.header("retry-after") == "1");
    CHECK(set(client, "deliveries", "resume").status == 200);
    CHECK(client.post("/v1/deliveries/o1/start", json::object()).status == 200);
}

TEST_CASE("an unknown component or action is not found") {
    RunningServer sillok;
    auto client = sillok.client();
    const auto refused = set(client, "kitchen", "pause");
    CHECK(refused.status == 404);
    CHECK(refused.code() == "part-unknown");
    CHECK(set(client, "sagas", "burn").status == 404);
    CHECK(client.get("/v1/admin/parts").json().at("items").size() == 3);
}
