// Amounts: what the customer expects, what can be counted, how large an order may be; and ?asOf=.
#include "tests/api/offer.hpp"
#include "tests/api/running_server.hpp"

#include "api/handlers/as_of.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sillok;
using namespace sillok::test;
using nlohmann::json;

namespace {

json won(std::int64_t amount) { return {{"amount", amount}, {"currency", "KRW"}}; }

json line(const std::string& product, std::int64_t quantity) {
    return {{"productId", product}, {"quantity", quantity}};
}

void add_product(HttpClient& client, const std::string& id, const json& price) {
    REQUIRE(client.post("/v1/products", {{"productId", id}, {"name", id}, {"price", price}}).status == 201);
}

}  // namespace

TEST_CASE("an order at the prices that the customer has seen is placed, at others it is not") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 100);
    add_product(client, "radio", won(500));
    json order{{"customerId", "ann"}, {"lines", {line("tv", 2), line("radio", 3)}}, {"expectedTotal", won(21'500)}};
    order["lines"][0]["expectedPrice"] = won(10'000);
    order["lines"][1]["expectedPrice"] = won(500);
    CHECK(client.post("/v1/orders", order).status == 201);

    REQUIRE(client.patch("/v1/products/radio", {{"price", won(600)}}).status == 200);
    const auto before = sillok.backend().store.head();
    const auto refused = client.post("/v1/orders", order);
    CHECK(refused.status == 409);
    CHECK(refused.code() == "price-changed");
    const auto errors = refused.json().at("errors");
    REQUIRE(errors.size() == 2);
    CHECK(errors[0].at("pointer") == "/lines/1/expectedPrice");
    CHECK(errors[0].at("expected") == won(500));
    CHECK(errors[0].at("actual") == won(600));
    CHECK(errors[1].at("pointer") == "/expectedTotal");
    CHECK(errors[1].at("expected") == won(21'500));
    CHECK(errors[1].at("actual") == won(21'800));
    CHECK(client.get("/v1/events?type=order.placed&after=" + std::to_string(before.value)).json().at("items").empty());

    order["lines"][1]["expectedPrice"] = won(600);
    order["expectedTotal"] = won(21'800);
    CHECK(client.post("/v1/orders", order).status == 201);
}

TEST_CASE("the guard takes one line, either expectation alone, other currencies and an operator's price") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 100);
    const auto placed = [&client](json more) {
        json order{{"customerId", "ann"}, {"productId", "tv"}, {"quantity", 2}};
        order.update(more);
        return client.post("/v1/orders", order);
    };
    CHECK(placed({{"expectedPrice", won(10'000)}}).status == 201);
    CHECK(placed({{"expectedTotal", won(20'000)}}).status == 201);
    const auto wrong = placed({{"expectedPrice", won(9'999)}});
    CHECK(wrong.code() == "price-changed");
    CHECK(wrong.json().at("errors").at(0).at("pointer") == "/expectedPrice");
    CHECK(placed({{"expectedTotal", won(19'999)}}).code() == "price-changed");
    CHECK(placed({{"expectedTotal", won(0)}}).code() == "price-changed");
    CHECK(placed({{"expectedPrice", {{"amount", 10'000}, {"currency", "USD"}}}}).code() == "price-changed");
    CHECK(placed({{"unitPrice", won(7)}, {"expectedPrice", won(7)}, {"expectedTotal", won(14)}}).status == 201);
    CHECK(placed({{"unitPrice", won(7)}, {"expectedPrice", won(10'000)}}).code() == "price-changed");
    CHECK(placed({{"expectedPrice", 10'000}}).code() == "invalid-body");
    CHECK(placed({{"expectedTotal", won(-1)}}).status == 422);
    CHECK(placed({{"expectedTotal", won(9'007'199'254'740'991)}}).code() == "price-changed");
    CHECK(placed({{"expectedTotal", won(9'007'199'254'740'992)}}).code() == "amount-overflow");
}

TEST_CASE("a refused price is decided again with the same key") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 100);
    const json order{{"customerId", "ann"}, {"productId", "tv"}, {"quantity", 1}, {"expectedPrice", won(9'000)}};
    const Headers key{{"Idempotency-Key", "k"}};
    CHECK(client.post("/v1/orders", order, key).code() == "price-changed");
    REQUIRE(client.patch("/v1/products/tv", {{"price", won(9'000)}}).status == 200);
    CHECK(client.post("/v1/orders", order, key).status == 201);
}

TEST_CASE("an order's total is at most 2^53 - 1") {
    RunningServer sillok;
    auto client = sillok.client();
    sillok.backend().sagas.pause();
    add_product(client, "gold", won(1'000'000'000'000));
    add_product(client, "rest", won(1));
    const auto place = [&client](const json& lines) {
        return client.post("/v1/orders", {{"customerId", "ann"}, {"lines", lines}});
    };
    // 9,007 pieces of gold, and 199,254,740,991 to the limit.
    const json most{line("gold", 9'007), line("rest", 2'000'000'000)};
    CHECK(place(most).status == 201);
    json exactly = json::array({line("gold", 9'007)});
    for (int i = 0; i < 92; ++i) exactly.push_back(line("rest", 2'147'483'647));
    exactly.push_back(line("rest", 199'254'740'991 - 92 * 2'147'483'647LL));
    const auto placed = place(exactly);
    CHECK(placed.status == 201);
    CHECK(placed.json().at("total").at("amount") == 9'007'199'254'740'991);
    exactly.push_back(line("rest", 1));
    const auto refused = place(exactly);
    CHECK(refused.status == 422);
    CHECK(refused.code() == "amount-overflow");
    CHECK(refused.json().at("errors").at(0).at("pointer") == "/lines/94/quantity");
    for (const std::int64_t quantity : {9'008LL, 10'000'000LL, 2'147'483'647LL}) {
        CHECK(place(json::array({line("gold", quantity)})).code() == "amount-overflow");
        const auto one =
            client.post("/v1/orders", {{"customerId", "ann"}, {"productId", "gold"}, {"quantity", quantity}});
        CHECK(one.code() == "amount-overflow");
        CHECK(one.json().at("errors").at(0).at("pointer") == "/quantity");
    }
    const json priced{{"productId", "rest"}, {"quantity", 9'008}, {"unitPrice", won(1'000'000'000'000)}};
    CHECK(place(json::array({priced})).code() == "amount-overflow");
}

TEST_CASE("a number that may be a year is no position, and the refusal says what is taken") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 100);
    const auto placed =
        client.post("/v1/orders", {{"orderId", "o"}, {"customerId", "ann"}, {"productId", "tv"}, {"quantity", 1}});
    const Headers fresh{{"Sillok-At-Least", placed.header("sillok-position")}};
    for (const std::string text : {"2026", "1999", "2026-11", "2026-11-26", "2026-11-26T15:00:00", "now", "-1", "1.0",
                                   "", "position:", "position:x", "99999999999999999999", "position:-1"}) {
        CAPTURE(text);
        const auto refused = client.get("/v1/orders/o?asOf=" + text, fresh);
        CHECK(refused.status == 400);
        CHECK(refused.code() == "invalid-parameter");
        CHECK(refused.json().at("detail").get<std::string>().contains("position:2026"));
        CHECK(refused.json().at("detail").get<std::string>().contains("2026-11-26T15:00:00Z"));
    }
    for (const std::string text : {"3", "position:3", "2999-11-26T15:00:00Z", "2999-11-26T15:00:00%2B09:00",
                                   "2999-11-26T15:00:00+09:00", "2999-11-26T15:00:00-09:00"}) {
        CAPTURE(text);
        CHECK(client.get("/v1/orders/o?asOf=" + text, fresh).status == 200);
    }
    CHECK(client.get("/v1/orders/o?asOf=2", fresh).status == 404);
    CHECK(client.get("/v1/orders/o?asOf=position:2", fresh).status == 404);
    CHECK(api::AsOf::parse("position:2026"));
}
