// Every door through which a position comes in: a position of another log, of another epoch or beyond the end is
// refused, and never answered with an empty success.
#include "tests/api/running_server.hpp"

#include <doctest/doctest.h>

#include <string>
#include <utility>
#include <vector>

using namespace sillok;
using namespace sillok::test;
using nlohmann::json;

namespace {

struct PositionFixture {
    RunningServer sillok;
    HttpClient client = sillok.client();

    PositionFixture() {
        for (int i = 0; i < 4; ++i)
            REQUIRE(client
                        .post("/v1/products", {{"productId", "p" + std::to_string(i)},
                                               {"name", "Thing"},
                                               {"price", {{"amount", 1}, {"currency", "KRW"}}}})
                        .status == 201);
    }
    [[nodiscard]] std::uint64_t head() { return sillok.backend().store.head().value; }
    [[nodiscard]] std::string log() { return client.get("/livez").header("sillok-log"); }
    // Of a list that shows what has been done so far.
    std::string next_of(const std::string& target) {
        const auto list = client.get(target, {{"Sillok-At-Least", std::to_string(head())}, {"Prefer", "wait=20"}});
        return list.json().at("_links").at("next").at("href").get<std::string>();
    }
};

void refused(const Reply& reply) {
    CHECK(reply.status == 409);
    CHECK(reply.code() == "position-unknown");
    CHECK(reply.json().at("detail").get<std::string>().find("again") != std::string::npos);
}

}  // namespace

TEST_CASE("every response names the log and its epoch, also a refusal") {
    PositionFixture fixture;
    const auto& identity = fixture.sillok.backend().store.identity();
    const auto expected = '"' + identity.log_id.text() + "\";epoch=1";
    for (const std::string target :
         {"/livez", "/readyz", "/v1/events", "/v1/products/p1", "/v1/products/none", "/no/route", "/v1/orders?no=1"}) {
        CAPTURE(target);
        CHECK(fixture.client.get(target).header("sillok-log") == expected);
    }
    CHECK(fixture.client.post("/v1/orders", {{"wrong", 1}}).header("sillok-log") == expected);
    CHECK(fixture.client.send("OPTIONS", "/v1/orders", "").header("sillok-log") == expected);
    CHECK(fixture.client.send("BREW", "/v1/orders", "").header("sillok-log") == expected);
    const auto log = fixture.client.get("/readyz?verbose").json().at("log");
    CHECK(log.at("logId") == identity.log_id.text());
    CHECK(log.at("epoch") == 1);
}

TEST_CASE("a position beyond the end is refused, the end itself is not") {
    PositionFixture fixture;
    const auto end = std::to_string(fixture.head());
    const auto beyond = std::to_string(fixture.head() + 1);
    CHECK(fixture.client.get("/v1/events?after=" + end).json().at("items").empty());
    CHECK(fixture.client.get("/v1/events?after=0").json().at("items").size() == fixture.head());
    refused(fixture.client.get("/v1/events?after=" + beyond));
    refused(fixture.client.get("/v1/events?category=product&after=999999"));
    refused(fixture.client.get("/v1/events?after=18446744073709551615"));

    CHECK(fixture.client.get("/v1/orders/o?asOf=" + end).code() == "order-unknown");
    refused(fixture.client.get("/v1/orders/o?asOf=" + beyond));
    refused(fixture.client.get("/v1/events", {{"Sillok-At-Least", beyond}, {"Prefer", "wait=0"}}));
    refused(fixture.client.get("/v1/products", {{"Sillok-At-Least", beyond}, {"Prefer", "wait=0"}}));
}

TEST_CASE("a position that is said to be of another log or epoch is refused at every door") {
    PositionFixture fixture;
    const auto log_id = fixture.sillok.backend().store.identity().log_id.text();
    const std::string other = "0197c3a0-1111-7222-8333-944444444444";
    const std::vector<std::string> doors{"/v1/events?after=1", "/v1/orders/o?asOf=1",
                                         fixture.next_of("/v1/events?limit=1"),
                                         fixture.next_of("/v1/products?limit=1")};
    for (const auto& target : doors) {
        CAPTURE(target);
        refused(fixture.client.get(target, {{"Sillok-Log", '"' + log_id + "\";epoch=2"}}));
        refused(fixture.client.get(target, {{"Sillok-Log", '"' + other + "\";epoch=1"}}));
        refused(fixture.client.get(target, {{"Sillok-Log", other}}));
        CHECK(fixture.client.get(target, {{"Sillok-Log", fixture.log()}}).code() != "position-unknown");
        CHECK(fixture.client.get(target, {{"Sillok-Log", log_id}}).code() != "position-unknown");
        CHECK(fixture.client.get(target, {{"Sillok-Log", "x"}}).code() == "invalid-header");
    }
    refused(fixture.client.get("/v1/products", {{"Sillok-At-Least", "1"}, {"Sillok-Log", other}}));
    refused(fixture.client.get("/v1/events?after=1&epoch=2"));
    CHECK(fixture.client.get("/v1/events?after=1&epoch=1").status == 200);
    CHECK(fixture.client.get("/v1/events?after=1&epoch=one").code() == "invalid-parameter");
    // A request without a position is for this log, wherever its client has been before.
    CHECK(fixture.client.get("/v1/products", {{"Sillok-Log", other}}).status == 200);
}

TEST_CASE("a cursor works for the log and the epoch that it is of") {
    PositionFixture fixture;
    PositionFixture another;
    for (const std::string list : {"/v1/events?limit=1", "/v1/products?limit=1"}) {
        CAPTURE(list);
        const auto next = fixture.next_of(list);
        CHECK(fixture.client.get(next).status == 200);
        refused(another.client.get(next));
        const auto cursor = next.find("cursor=") + 7;
        CHECK(fixture.client.get(next.substr(0, next.rfind('.'))).code() == "invalid-parameter");
        CHECK(fixture.client.get(next.substr(0, cursor) + "7").code() == "invalid-parameter");
        CHECK(fixture.client.get(next + "0").code() == "invalid-parameter");
    }
}

TEST_CASE("a cursor works for its list only") {
    PositionFixture fixture;
    for (const std::string id : {"o1", "o2"}) {
        const json order{{"orderId", id}, {"customerId", "c"}, {"productId", "p1"}, {"quantity", 1}};
        REQUIRE(fixture.client.post("/v1/orders", order, {{"Prefer", "wait=5"}}).status == 201);
    }
    const auto cursor_of = [&fixture](const std::string& target) {
        const auto next = fixture.next_of(target);
        return next.substr(next.find("cursor="));
    };
    const auto of_log = cursor_of("/v1/events?limit=1");
    const auto of_orders = cursor_of("/v1/events?limit=1&category=order");
    const auto of_placed = cursor_of("/v1/events?limit=1&type=order.placed");
    const auto of_o1 = cursor_of("/v1/orders/o1/events?limit=1");
    const std::vector<std::pair<std::string, std::string>> lists{{"/v1/events?", of_log},
                                                                 {"/v1/events?category=order&", of_orders},
                                                                 {"/v1/events?type=order.placed&", of_placed},
                                                                 {"/v1/orders/o1/events?", of_o1},
                                                                 {"/v1/orders/o2/events?", ""},
                                                                 {"/v1/products?", ""}};
    for (const auto& [list, own] : lists)
        for (const auto& cursor : {of_log, of_orders, of_placed, of_o1}) {
            const auto target = list + cursor;
            CAPTURE(target);
            const auto reply = fixture.client.get(target);
            CHECK((reply.status == 200) == (cursor == own));
            if (cursor != own) CHECK(reply.code() == "invalid-parameter");
        }
    CHECK(fixture.client.get("/v1/events?after=1&" + of_log).code() == "invalid-parameter");
    // The next page does not begin after `after`, so its link has none.
    CHECK(fixture.client.get(fixture.next_of("/v1/events?after=1&limit=1")).json().at("items").at(0).at("position") ==
          3);
}
