// Orders of thousands of lines: placed, shown, listed as summaries, and others answered meanwhile.
#include "tests/api/running_server.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

using namespace sillok;
using namespace sillok::test;
using nlohmann::json;

namespace {

const std::string long_name(255, 'n');

struct Warehouse {
    RunningServer sillok;
    HttpClient client = sillok.client();
    std::string position;

    Warehouse() {
        sillok.backend().sagas.pause();
        const json price{{"amount", 1}, {"currency", "KRW"}};
        const auto made =
            client.post("/v1/products", {{"productId", std::string(64, 'p')}, {"name", long_name}, {"price", price}});
        REQUIRE(made.status == 201);
    }
    Reply place(const std::string& id, int lines, const Headers& headers = {}) {
        json all = json::array();
        for (int i = 0; i < lines; ++i) all.push_back({{"productId", std::string(64, 'p')}, {"quantity", i + 1}});
        auto placed =
            client.post("/v1/orders", {{"orderId", id}, {"customerId", "big"}, {"lines", std::move(all)}}, headers);
        CHECK(placed.status == 201);
        position = placed.header("sillok-position");
        return placed;
    }
    Reply get(const std::string& target) { return client.get(target, {{"Sillok-At-Least", position}}); }
};

}  // namespace

TEST_CASE("an order of 5,000 lines with long names and ids is taken, and shown whole") {
    Warehouse warehouse;
    const Headers key{{"Idempotency-Key", "k"}};
    const auto placed = warehouse.place("o", 5'000, key);
    CHECK(placed.json().at("lineCount") == 5'000);
    CHECK(placed.json().at("lines").size() == 10);
    CHECK(placed.json().at("_links").at("lines").at("href") == "/v1/orders/o");
    CHECK(warehouse.place("o", 5'000, key).body == placed.body);

    for (const std::string& target :
         {std::string{"/v1/orders/o"}, std::string{"/v1/orders/o?asOf="}.append(warehouse.position)}) {
        const auto shown = warehouse.get(target).json();
        CHECK(shown.at("lineCount") == 5'000);
        REQUIRE(shown.at("lines").size() == 5'000);
        CHECK(shown.at("lines").at(4'999).at("quantity") == 5'000);
        CHECK_FALSE(shown.at("_links").contains("lines"));
    }
    const auto events = warehouse.get("/v1/orders/o/events?limit=1").json();
    CHECK(events.at("items").at(0).at("data").at("lines").size() == 5'000);
}

TEST_CASE("a body may hold the largest order, with every character escaped") {
    Warehouse warehouse;
    std::string id;
    for (int i = 0; i < 64; ++i) id += "\\u0070";
    const std::string line = "{\"productId\":\"" + id +
                             "\",\"quantity\":2147483647,\"unitPrice\":{\"amount\":100,\"currency\":\"KRW\"},"
                             "\"expectedPrice\":{\"amount\":100,\"currency\":\"KRW\"}}";
    std::string body = "{\"customerId\":\"big\",\"lines\":[" + line;
    for (int i = 1; i < 5'000; ++i) body += "," + line;
    body += "]}";
    const auto placed = warehouse.client.send("POST", "/v1/orders", body, {{"Content-Type", "application/json"}});
    CHECK(placed.status == 201);
}

TEST_CASE("small orders keep their lines everywhere, larger ones are listed with their first ten") {
    Warehouse warehouse;
    for (const int lines : {1, 10, 11, 100, 101}) {
        CAPTURE(lines);
        const auto id = "o-" + std::to_string(lines);
        const auto size = [](const json& order) { return order.at("lines").size(); };
        const auto placed = warehouse.place(id, lines).json();
        CHECK(size(placed) == (lines <= 100 ? lines : 10));
        CHECK(placed.at("lineCount") == lines);
        const auto waited = warehouse.place(id + "-w", lines, {{"Prefer", "wait=0"}}).json();
        CHECK(size(waited) == (lines <= 100 ? lines : 10));
        CHECK(size(warehouse.get("/v1/orders/" + id).json()) == static_cast<std::size_t>(lines));
        for (const std::string list : {"/v1/orders?limit=2", "/v1/customers/big/orders?limit=2"}) {
            const auto listed = warehouse.get(list).json().at("items").at(1);
            CHECK(listed.at("orderId") == id);
            CHECK(listed.at("lineCount") == lines);
            CHECK(size(listed) == (lines <= 10 ? lines : 10));
            CHECK(listed.at("_links").contains("lines") == (lines > 10));
        }
    }
}

TEST_CASE("a page ends at 1 MiB, and the next links lead to the rest") {
    Warehouse warehouse;
    std::vector<std::string> expected;
    for (int i = 0; i < 300; ++i) {
        warehouse.place("o-" + std::to_string(i), 10);
        expected.insert(expected.begin(), "o-" + std::to_string(i));
    }
    std::vector<std::string> listed;
    std::string target = "/v1/customers/big/orders?limit=500";
    int pages = 0;
    for (; !target.empty() && pages < 100; ++pages) {
        const auto page = warehouse.get(target);
        REQUIRE(page.status == 200);
        CHECK(page.body.size() < (1u << 20) + 1'000);
        const auto body = page.json();
        for (const auto& order : body.at("items")) listed.push_back(order.at("orderId"));
        const bool has_next = body.at("_links").contains("next");
        target = has_next ? body.at("_links").at("next").at("href").get<std::string>() : "";
        CHECK(page.header("link").empty() != has_next);
    }
    CHECK(pages > 1);
    CHECK(listed == expected);
}

TEST_CASE("a page of the log ends at 1 MiB, but holds at least one event") {
    Warehouse warehouse;
    for (int i = 0; i < 3; ++i) warehouse.place("o-" + std::to_string(i), 5'000);
    int events = 0;
    std::string target = "/v1/events?limit=500";
    for (int pages = 0; !target.empty() && pages < 20; ++pages) {
        const auto body = warehouse.get(target).json();
        CHECK_FALSE(body.at("items").empty());
        events += static_cast<int>(body.at("items").size());
        target = body.at("_links").contains("next") ? body.at("_links").at("next").at("href").get<std::string>() : "";
    }
    CHECK(events == 4);
}
