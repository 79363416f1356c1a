// A running server and HTTP steps, for the scenario tests.
#pragma once

#include "tests/api/http_client.hpp"
#include "tests/api/running_server.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <functional>
#include <string>
#include <utility>
#include <vector>

namespace sillok::test {

using nlohmann::json;

// Customers whose id begins with "penniless" cannot pay.
inline BackendOptions with_penniless_customers() {
    SimulatorProfile profile;
    profile.rules.push_back({.fault = SimulatedFault::decline, .customer = "penniless*", .amount = {}});
    return {.data = {}, .payments = profile};
}

class Story {
   public:
    explicit Story(BackendOptions options = with_penniless_customers())
        : sillok_(std::move(options)), client_(sillok_.port()) {}

    [[nodiscard]] Backend& backend() { return sillok_.backend(); }

    // Commands: the answer, after a check that it was what the story expects.
    Reply does(unsigned status, const std::string& target, const json& body = json::object(),
               const Headers& headers = {}) {
        auto reply = client_.post(target, body, headers);
        CAPTURE(target);
        CAPTURE(reply.body);
        CHECK(reply.status == status);
        return reply;
    }
    Reply changes(const std::string& target, const json& body) { return client_.patch(target, body); }
    Reply removes(const std::string& target) { return client_.remove(target); }

    json registers(const std::string& id, const std::string& name, int price, const std::string& kind = "") {
        const json product{
            {"productId", id}, {"name", name}, {"price", {{"amount", price}, {"currency", "KRW"}}}, {"kind", kind}};
        return does(201, "/v1/products", product).json();
    }
    void receives(const std::string& id, int quantity) {
        does(201, "/v1/products/" + id + "/stock-receipts", {{"quantity", quantity}});
    }
    // Places an order and waits until it is confirmed or rejected.
    json orders(const std::string& order, const std::string& customer, const std::string& product, int quantity) {
        const json body{{"orderId", order},
                        {"customerId", customer},
                        {"customerAddress", "서울시"},
                        {"productId", product},
                        {"quantity", quantity}};
        return does(201, "/v1/orders", body, {{"Prefer", "wait=8"}}).json();
    }
    json cancels(const std::string& order) {
        return does(202, "/v1/orders/" + order + "/cancellation", {{"reason", "changed my mind"}},
                    {{"Prefer", "wait=8"}})
            .json();
    }

    // Queries: what is there when the server has seen everything up to now.
    json sees(const std::string& target) {
        const auto reply = client_.get(
            target, {{"Sillok-At-Least", std::to_string(backend().store.head().value)}, {"Prefer", "wait=8"}});
        CAPTURE(target);
        CAPTURE(reply.body);
        CHECK(reply.status == 200);
        return reply.json();
    }
    // Looks again after every event until it is so.
    json waits_for(const std::string& target, const std::function<bool(const json&)>& is_so) {
        std::uint64_t seen = 0;
        while (true) {
            const auto reply = client_.get(target, {{"Sillok-At-Least", std::to_string(seen)}, {"Prefer", "wait=8"}});
            CAPTURE(target);
            CAPTURE(reply.body);
            if (reply.status == 200 && is_so(reply.json())) return reply.json();
            REQUIRE(reply.status != 503);  // nothing more happens, and it is still not so
            seen = std::stoull(reply.header("sillok-position").empty() ? std::to_string(seen)
                                                                       : reply.header("sillok-position")) +
                   1;
        }
    }
    json waits_for_state(const std::string& target, const std::string& state) {
        return waits_for(target, [&state](const json& shown) { return shown.at("state") == state; });
    }

    int available(const std::string& product) { return sees("/v1/stock/" + product).at("available"); }
    int on_hand(const std::string& product) { return sees("/v1/stock/" + product).at("onHand"); }
    // The kinds of messages that a customer got about an order, oldest first.
    std::vector<std::string> messages(const std::string& customer, const std::string& order) {
        std::vector<std::string> types;
        const auto page = sees("/v1/customers/" + customer + "/notifications?limit=500");
        for (const auto& message : page.at("items"))
            if (message.at("orderId") == order) types.insert(types.begin(), message.at("type").get<std::string>());
        return types;
    }

   private:
    RunningServer sillok_;
    HttpClient client_;
};

}  // namespace sillok::test
