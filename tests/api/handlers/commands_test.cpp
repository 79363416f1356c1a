#include "tests/api/offer.hpp"
#include "tests/api/running_server.hpp"

#include "api/passwords.hpp"

#include <doctest/doctest.h>

#include <string>

using namespace sillok;
using namespace sillok::test;
using nlohmann::json;

namespace {

const json tv{{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 10000}, {"currency", "KRW"}}}};
const json order_of_three{{"productId", "tv"},
                          {"quantity", 3},
                          {"customerId", "1@uengine.org"},
                          {"customerName", "홍길동"},
                          {"customerAddress", "서울시"}};

}  // namespace

TEST_CASE("a product is registered, received into stock and ordered") {
    RunningServer sillok;
    auto client = sillok.client();

    const auto product = client.post("/v1/products", tv);
    CHECK(product.status == 201);
    CHECK(product.header("location") == "/v1/products/tv");
    CHECK(product.header("etag") == "\"v1\"");
    CHECK(product.header("sillok-position") == "1");
    CHECK(product.json().at("price") == tv.at("price"));

    const auto receipt = client.post("/v1/products/tv/stock-receipts", {{"quantity", 10}});
    CHECK(receipt.status == 201);
    CHECK(receipt.json().at("available") == 10);

    const auto order = client.post("/v1/orders", order_of_three, {{"Prefer", "wait=5"}});
    CHECK(order.status == 201);
    CHECK(order.header("preference-applied") == "wait=5");
    const auto body = order.json();
    CHECK(body.at("state") == "confirmed");
    CHECK(body.at("pending") == false);
    CHECK(body.at("customerName") == "홍길동");
    CHECK(body.at("total") == json{{"amount", 30000}, {"currency", "KRW"}});
    CHECK(body.at("lines").at(0).at("productName") == "TV");
    CHECK(order.header("location") == "/v1/orders/" + body.at("orderId").get<std::string>());
}

TEST_CASE("without a wait the response shows the order as placed and pending") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 10);
    sillok.backend().sagas.pause();
    const auto order = client.post("/v1/orders", order_of_three);
    CHECK(order.status == 201);
    CHECK(order.header("etag") == "\"v1\"");
    CHECK(order.json().at("state") == "placed");
    CHECK(order.json().at("pending") == true);
    CHECK(order.json().at("_links").contains("cancel"));
}

TEST_CASE("after the wait's time limit the response shows the order as it is") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 10);
    sillok.backend().sagas.pause();
    const auto order = client.post("/v1/orders", order_of_three, {{"Prefer", "wait=0"}});
    CHECK(order.status == 201);
    CHECK(order.json().at("state") == "placed");
    CHECK(order.header("preference-applied") == "wait=0");
}

TEST_CASE("an operator may choose the order's id, lines and prices") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 10);
    const json line{{"productId", "tv"}, {"quantity", 1}, {"unitPrice", {{"amount", 7}, {"currency", "KRW"}}}};
    const auto order =
        client.post("/v1/orders", {{"orderId", "inv-536365"}, {"customerId", "guest"}, {"lines", {line, line}}});
    CHECK(order.status == 201);
    CHECK(order.json().at("orderId") == "inv-536365");
    CHECK(order.json().at("total").at("amount") == 14);
    const auto again =
        client.post("/v1/orders", {{"orderId", "inv-536365"}, {"customerId", "guest"}, {"lines", {line}}});
    CHECK(again.status == 409);
    CHECK(again.code() == "order-exists");
}

TEST_CASE("a product id may contain percent escapes") {
    RunningServer sillok;
    auto client = sillok.client();
    auto product = tv;
    product["productId"] = "A%20B";
    const auto registered = client.post("/v1/products", product);
    CHECK(registered.status == 201);
    CHECK(registered.header("location") == "/v1/products/A%2520B");
    CHECK(client.post("/v1/products/A%2520B/stock-receipts", {{"quantity", 1}}).status == 201);
    const auto shown = client.get(registered.header("location"), {{"Sillok-At-Least", "2"}});
    CHECK(shown.json().at("productId") == "A%20B");
    CHECK(shown.json().at("available") == 1);
}

TEST_CASE("If-Match makes a change conditional") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 1);
    CHECK(client.patch("/v1/products/tv", {{"name", "Television"}}, {{"If-Match", "\"v1\""}}).header("etag") ==
          "\"v2\"");
    const auto late = client.patch("/v1/products/tv", {{"name", "Telly"}}, {{"If-Match", "\"v1\""}});
    CHECK(late.status == 412);
    CHECK(late.code() == "precondition-failed");
    // The tag of a representation begins with the same version.
    const auto shown = client.get("/v1/products/tv", {{"Sillok-At-Least", "3"}});
    CHECK(client.patch("/v1/products/tv", {{"name", "Telly"}}, {{"If-Match", shown.header("etag")}}).status == 200);
    CHECK(client.remove("/v1/products/tv", {{"If-Match", "\"v3\""}}).status == 204);
}

TEST_CASE("an order is cancelled once") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 10);
    const auto order = client.post("/v1/orders", order_of_three, {{"Prefer", "wait=5"}}).json();
    const auto cancel = order.at("_links").at("cancel").at("href").get<std::string>();
    const auto cancelled = client.post(cancel, {{"reason", "changed my mind"}}, {{"Prefer", "wait=5"}});
    CHECK(cancelled.status == 202);
    CHECK(cancelled.json().at("state") == "cancelled");
    CHECK_FALSE(cancelled.json().at("_links").contains("cancel"));
    const auto again = client.send("POST", cancel);
    CHECK(again.status == 409);
    CHECK(again.code() == "already-cancelled");
}

TEST_CASE("an e-mail address belongs to one customer; upper and lower case are the same") {
    RunningServer sillok;
    auto client = sillok.client();
    const json kim{{"customerId", "kim"}, {"name", "Kim"}, {"email", "Kim@Example.org"}, {"password", "correct horse"}};
    const auto signed_up = client.post("/v1/customers", kim);
    CHECK(signed_up.status == 201);
    CHECK(signed_up.body.find("correct horse") == std::string::npos);

    auto other = kim;
    other["customerId"] = "lee";
    other["email"] = "kim@example.ORG";
    const auto taken = client.post("/v1/customers", other);
    CHECK(taken.status == 409);
    CHECK(taken.code() == "email-taken");

    other["email"] = "lee@example.org";
    other["customerId"] = "kim";
    CHECK(client.post("/v1/customers", other).code() == "customer-exists");
    // A refused sign-up has not claimed the address.
    other["customerId"] = "lee";
    CHECK(client.post("/v1/customers", other).status == 201);
    CHECK(client.get("/v1/events?type=customer.signedUp").body.find("passwordHash") == std::string::npos);
}

TEST_CASE("a password matches its hash and no other") {
    const auto hash = api::hash_password("correct horse");
    CHECK(hash.starts_with("$scrypt$ln=15,r=8,p=3$"));
    CHECK(api::password_matches("correct horse", hash));
    CHECK_FALSE(api::password_matches("correct horsE", hash));
    CHECK_FALSE(api::password_matches("correct horse", "plain"));
    CHECK(hash != api::hash_password("correct horse"));
}

TEST_CASE("a request's trace id is the correlation id of all events that it causes") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 10);
    const auto order = client.post("/v1/orders", order_of_three,
                                   {{"Prefer", "wait=5"},
                                    {"traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"},
                                    {"X-Request-Id", "r-1"}});
    CHECK(order.header("x-request-id") == "r-1");
    const auto trail =
        client.get("/v1/orders/" + order.json().at("orderId").get<std::string>() + "/events").json().at("items");
    CHECK(trail.size() > 3);
    for (const auto& event : trail) CHECK(event.at("correlationId") == "4bf92f35-77b3-4da6-a3ce-929d0e0e4736");
}
