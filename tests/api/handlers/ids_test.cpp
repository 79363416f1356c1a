// Ids of every kind that is taken: reached, listed and cancelled through the links that the responses hold.
#include "tests/api/offer.hpp"
#include "tests/api/running_server.hpp"

#include "aggregates/order.hpp"

#include <doctest/doctest.h>

#include <set>
#include <string>
#include <vector>

using namespace sillok;
using namespace sillok::test;
using nlohmann::json;

namespace {

const json won{{"amount", 10'000}, {"currency", "KRW"}};

json order_of(const std::string& customer, const std::string& product = "tv") {
    return {{"productId", product}, {"quantity", 1}, {"customerId", customer}};
}

void add_links(const json& value, std::set<std::string>& links) {
    if (value.is_structured())
        for (const auto& inner : value) add_links(inner, links);
    if (value.is_object() && value.contains("href") && !value.contains("method"))
        links.insert(value.at("href").get<std::string>());
}

// Follows every link that can be reached from one, and returns their targets. All must lead somewhere.
std::set<std::string> follow_all(HttpClient& client, const std::string& first, const std::string& position) {
    std::set<std::string> found{first};
    std::vector<std::string> rest{first};
    while (!rest.empty()) {
        const auto target = rest.back();
        rest.pop_back();
        CAPTURE(target);
        const auto reply = client.get(target, {{"Sillok-At-Least", position}});
        CHECK(reply.status == 200);
        std::set<std::string> links;
        add_links(reply.json(), links);
        for (const auto& link : links)
            if (found.insert(link).second) rest.push_back(link);
    }
    return found;
}

}  // namespace

TEST_CASE("an order of every customer can be reached and listed by its links, and cancelled") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 1000);
    for (const std::string customer :
         {"ann+shop@example.com", "o'brien@example.com", "a/b@example.com", "a//b@example.com", "100%@example.com",
          "50%25@example.com", "#1@example.com", "who?@example.com", "a&b=c@example.com", "{a|b}^`@example.com",
          "a@[192.0.2.1]", "\xed\x99\x8d@\xec\x98\x88\xec\xa0\x9c.\xed\x95\x9c\xea\xb5\xad", "c~1"}) {
        CAPTURE(customer);
        const auto placed = client.post("/v1/orders", order_of(customer), {{"Prefer", "wait=5"}});
        REQUIRE(placed.status == 201);
        CHECK(placed.json().at("customerId") == customer);
        const auto position = placed.header("sillok-position");
        const auto reached = follow_all(client, placed.header("location"), position);
        const auto listed = placed.json().at("_links").at("customerOrders").at("href").get<std::string>();
        CHECK(reached.contains(listed));
        CHECK(client.get(listed).json().at("items").size() == 1);
        const auto self = placed.header("location");
        CHECK(client.post(self + "/cancellation", json::object(), {{"Prefer", "wait=5"}}).status == 202);
    }
}

TEST_CASE("an e-mail address is one customer in any case and Unicode form") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 1000);
    std::string position;
    for (const std::string customer : {"Jos\u00e9@Example.com", "JOSE\u0301@EXAMPLE.COM", "jos\u00e9@example.com"}) {
        const auto placed = client.post("/v1/orders", order_of(customer));
        CHECK(placed.json().at("customerId") == "jos\u00e9@example.com");
        position = placed.header("sillok-position");
    }
    for (const std::string target :
         {"/v1/customers/jos%C3%A9@example.com/orders", "/v1/customers/JOS%C3%89%40example.com/orders",
          "/v1/customers/jos%c3%a9@example.com/orders", "/v1/customers/jose%CC%81@EXAMPLE.com/orders",
          "/v1/orders?customerId=Jos%C3%A9%40example.com"}) {
        CAPTURE(target);
        CHECK(client.get(target, {{"Sillok-At-Least", position}}).json().at("items").size() == 3);
    }
    const auto sign_up = [&client](const std::string& id, const std::string& email) {
        return client.post("/v1/customers",
                           {{"customerId", id}, {"name", "A"}, {"email", email}, {"password", "correct horse"}});
    };
    const auto first = sign_up("Ann@Example.com", "Ann@Example.com");
    CHECK(first.status == 201);
    CHECK(first.json().at("customerId") == "ann@example.com");
    CHECK(sign_up("ann@example.COM", "other@example.com").code() == "customer-exists");
    CHECK(sign_up("c-1", "ANN@example.com").code() == "email-taken");
    CHECK(sign_up("c-2", "\u00c4nn@example.com").status == 201);
    CHECK(sign_up("c-3", "a\u0308nn@example.com").code() == "email-taken");
}

TEST_CASE("orders and customers of an older program, with capitals, are found") {
    RunningServer sillok;
    auto client = sillok.client();
    auto& backend = sillok.backend();
    // As an older program wrote them: the id as it was sent.
    const CustomerId ann{"Ann@Example.com"};
    const Money price{5, Currency{{'K', 'R', 'W'}}};
    const auto signed_up = backend.customers.submit(
        ann, customer::command::SignUp{"Ann", "other@example.com", "hash", false}, {.metadata = {}, .if_match = {}});
    REQUIRE(signed_up);
    const auto placed = backend.orders.submit(
        OrderId{"o-1"}, order::command::Place{ann, "", "", {{ProductId{"tv"}, "TV", Quantity{1}, price}}},
        {.metadata = {}, .if_match = {}});
    REQUIRE(placed);
    const Headers fresh{{"Sillok-At-Least", std::to_string(placed->position.value)}};
    CHECK(client.get("/v1/customers/Ann@Example.com/orders", fresh).json().at("items").size() == 1);
    CHECK(client.get("/v1/customers/ann@example.com/orders", fresh).json().at("items").size() == 1);
    const auto again = client.post("/v1/customers", {{"customerId", "Ann@Example.com"},
                                                     {"name", "Ann"},
                                                     {"email", "ann@example.com"},
                                                     {"password", "correct horse"}});
    CHECK(again.status == 409);
    CHECK(again.code() == "customer-exists");
}

TEST_CASE("a product's id with escapes is reached by its links and as it is written") {
    RunningServer sillok;
    auto client = sillok.client();
    for (const std::string id : {"A%20B", "a%2Fb", "%E2%82%AC", "50%25", "a%3Fb%23"}) {
        CAPTURE(id);
        const auto made = client.post("/v1/products", {{"productId", id}, {"name", id}, {"price", won}});
        REQUIRE(made.status == 201);
        CHECK(client.post(made.header("location") + "/stock-receipts", {{"quantity", 5}}).status == 201);
        const auto order = client.post("/v1/orders", order_of("c", id), {{"Prefer", "wait=5"}});
        CHECK(order.json().at("state") == "confirmed");
        follow_all(client, made.header("location"), order.header("sillok-position"));
        CHECK(client.get("/v1/products/" + id).json().at("productId") == id);
        CHECK(client.patch("/v1/products/" + id, {{"description", "odd"}}).status == 200);
        CHECK(client.remove("/v1/products/" + id).status == 204);
    }
    CHECK(client.get("/v1/products/a%2fb").json().at("productId") == "a%2Fb");
    CHECK(client.get("/v1/products/a%252Fb").json().at("productId") == "a%2Fb");
}

TEST_CASE("an id that no client can reach is refused, and the refusal says so") {
    RunningServer sillok;
    auto client = sillok.client();
    offer(client, 10);
    const auto refusal = [](const Reply& reply, const std::string& pointer) {
        CHECK(reply.status == 400);
        CHECK(reply.code() == "invalid-body");
        CHECK(reply.json().at("errors").at(0).at("pointer") == pointer);
        return reply.json().at("errors").at(0).at("detail").get<std::string>();
    };
    for (const std::string dots : {".", ".."}) {
        CHECK(refusal(client.post("/v1/products", {{"productId", dots}, {"name", "x"}, {"price", won}}), "/productId")
                  .contains("out of a path"));
        auto order = order_of("c");
        order["orderId"] = dots;
        CHECK(refusal(client.post("/v1/orders", order), "/orderId").contains("out of a path"));
        CHECK(refusal(client.post("/v1/orders", order_of(dots)), "/customerId").contains("out of a path"));
    }
    for (const std::string id : {"%2e", "%2E%2e", ".%2E", "a%2fb"})
        refusal(client.post("/v1/products", {{"productId", id}, {"name", "x"}, {"price", won}}), "/productId");
    CHECK(refusal(client.post("/v1/orders", order_of(std::string(65, 'c'))), "/customerId") ==
          "must have at most 64 characters, not 65");
    CHECK(refusal(client.post("/v1/orders", order_of(std::string(65, 'l') + "@example.com")), "/customerId") ==
          "must have at most 64 bytes before its '@', not 65");
    CHECK(refusal(client.post("/v1/orders", order_of("\"a b\"@example.com")), "/customerId").contains("quotes"));
}
