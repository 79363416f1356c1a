// `sillok serve` and `sillok payments-simulator`, each a process of its own, and whether their books agree.
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"
#include "tools/temporary_directory.hpp"

#include <doctest/doctest.h>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::json;
using namespace std::chrono_literals;

std::string content_of(const std::filesystem::path& file) {
    std::ostringstream text;
    text << std::ifstream{file, std::ios::binary}.rdbuf();
    return text.str();
}

// A shop and its payment provider.
struct Town {
    explicit Town(std::string with_profile) : profile(std::move(with_profile)) {
        open_provider("127.0.0.1:0");
        address = provider->url().substr(std::string_view{"http://"}.size());
        open_shop();
    }

    void open_provider(const std::string& listen) {
        provider.emplace(program,
                         std::vector<std::string>{"payments-simulator", "--listen", listen, "--profile", profile,
                                                  "--ledger", ledger.string()},
                         directory.path() / "provider.log");
    }
    void open_shop() {
        shop.emplace(program, data, std::vector<std::string>{"--payments", "http://" + address},
                     directory.path() / "shop.log");
    }
    void close_shop() { CHECK(shop->stop(30s) == 0); }
    void close_provider() { CHECK(provider->stop(30s) == 0); }

    HttpResponse asks(HttpRequest request) const {
        return exchange_once(*parse_server(shop->url()), std::move(request), 10s);
    }
    void posts(const std::string& target, const Json& body) const {
        const auto answer = asks({.method = Method::post, .target = target, .body = body.dump()});
        CAPTURE(target);
        CHECK_MESSAGE(answer.status < 300, answer.body);
    }
    void sells(const std::string& product, int quantity) const {
        posts("/v1/products",
              {{"productId", product}, {"name", product}, {"price", {{"amount", 100}, {"currency", "KRW"}}}});
        posts("/v1/products/" + product + "/stock-receipts", {{"quantity", quantity}});
    }
    // Orders, and does not wait for what becomes of it.
    void orders(const std::string& id, const std::string& customer, int quantity = 1) const {
        posts("/v1/orders", {{"orderId", id}, {"customerId", customer}, {"productId", "tv"}, {"quantity", quantity}});
    }
    Json order(const std::string& id) const {
        const auto answer = asks({.method = Method::get, .target = "/v1/orders/" + id});
        return answer.status == 200 ? Json::parse(answer.body) : Json::object();
    }
    // Looks again until it is so; for a minute at most.
    void waits_until(const std::string& id, const std::function<bool(const Json&)>& is_so) const {
        Json seen;
        for (const auto give_up = std::chrono::steady_clock::now() + 60s; std::chrono::steady_clock::now() < give_up;) {
            seen = order(id);
            if (is_so(seen)) return;
            std::this_thread::sleep_for(20ms);
        }
        FAIL_CHECK(id << " after a minute: " << seen.dump());
    }
    void becomes(const std::string& id, const std::string& state) const {
        waits_until(id, [&](const Json& seen) { return seen.value("state", "") == state; });
    }

    [[nodiscard]] Ended reconcile(const std::vector<std::string>& more) const {
        std::vector<std::string> arguments{"reconcile", "--data", data.string(), "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_program(arguments);
    }

    std::string profile;
    TemporaryDirectory directory{"sillok-test"};
    std::filesystem::path data = directory.path() / "data";
    std::filesystem::path ledger = directory.path() / "ledger.jsonl";
    std::string address;
    std::optional<ServerProcess> provider;
    std::optional<ServerProcess> shop;
};

Json agreed(const Ended& ended) {
    REQUIRE_MESSAGE(ended.status == 0, ended.err);
    const auto said = Json::parse(ended.out);
    CHECK(said.at("ok") == true);
    CHECK(said.at("differences").empty());
    return said;
}

Json told(const Ended& ended) {
    CHECK(ended.status == 1);
    REQUIRE_MESSAGE(!ended.out.empty(), ended.err);
    const auto said = Json::parse(ended.out);
    CHECK(said.at("ok") == false);
    return said.at("differences");
}

}  // namespace

TEST_CASE("a shop and a provider that loses calls and answers end with the same books, and a changed line is caught") {
    Town town{"decline-customer=penniless*,lose=0.2,forget=0.2,fail=0.1,patience-ms=1,seed=3"};
    town.sells("tv", 100);
    for (int i = 0; i < 12; ++i) town.orders("o" + std::to_string(i), "kim");
    for (int i = 0; i < 3; ++i) town.orders("p" + std::to_string(i), "penniless" + std::to_string(i));
    town.orders("short", "kim", 1'000);
    for (int i = 0; i < 12; ++i)
        town.waits_until("o" + std::to_string(i), [](const Json& seen) {
            return seen.value("state", "") == "confirmed" || seen.value("state", "") == "rejected";
        });
    for (int i = 0; i < 3; ++i) town.becomes("p" + std::to_string(i), "rejected");
    town.becomes("short", "rejected");

    std::vector<std::string> confirmed;
    for (int i = 0; i < 12; ++i) {
        const auto id = "o" + std::to_string(i);
        if (town.order(id).at("state") == "confirmed") confirmed.push_back(id);
    }
    REQUIRE(confirmed.size() >= 4);  // with this seed
    // One is delivered, one comes back, one is cancelled.
    for (int i = 0; i < 2; ++i) {
        const auto of = "/v1/deliveries/" + confirmed[static_cast<std::size_t>(i)];
        town.waits_until(confirmed[static_cast<std::size_t>(i)],
                         [](const Json& seen) { return seen.value("deliveryState", Json{}) == "prepared"; });
        town.posts(of + "/start", Json::object());
        town.waits_until(confirmed[static_cast<std::size_t>(i)],
                         [](const Json& seen) { return seen.value("paymentState", Json{}) == "captured"; });
        town.posts(of + "/completion", Json::object());
        town.becomes(confirmed[static_cast<std::size_t>(i)], "completed");
    }
    town.posts("/v1/deliveries/" + confirmed[1] + "/return", Json::object());
    town.waits_until(confirmed[1], [](const Json& seen) { return seen.value("paymentState", Json{}) == "refunded"; });
    town.posts("/v1/orders/" + confirmed[2] + "/cancellation", Json::object());
    town.becomes(confirmed[2], "cancelled");
    town.close_shop();

    const auto by_url = agreed(town.reconcile({"--ledger", "http://" + town.address}));
    town.close_provider();
    const auto by_file = agreed(town.reconcile({"--ledger", town.ledger.string()}));
    CHECK(by_url == by_file);
    CHECK(by_file.at("orders") == 16);
    CHECK(by_file.at("products") == 1);
    CHECK(by_file.at("open") == 0);
    CHECK(by_file.at("authorised") == confirmed.size());
    CHECK(by_file.at("captured") == 2);
    CHECK(by_file.at("refunded") == 1);
    CHECK(by_file.at("voided") == 1);
    CHECK(by_file.at("sums").at("KRW") ==
          Json{{"authorised", 100 * confirmed.size()}, {"captured", 200}, {"refunded", 100}, {"voided", 100}});
    agreed(town.reconcile({}));

    // One line changed: the authorisation of another amount.
    const auto whole = content_of(town.ledger);
    auto changed = whole;
    const auto at = changed.find(R"("amount":{"amount":100,)", changed.find("\"orderId\":\"" + confirmed[3] + "\""));
    changed.replace(at, 23, R"("amount":{"amount":101,)");
    std::ofstream{town.ledger} << changed;
    const auto differences = told(town.reconcile({"--ledger", town.ledger.string()}));
    REQUIRE(differences.size() == 1);
    CHECK(differences.at(0).at("orderId") == confirmed[3]);
    CHECK(differences.at(0).at("what") == "the provider authorised 101 KRW, the log says 100 KRW");

    // One line gone; and a ledger that is none.
    const auto line = whole.rfind('\n', whole.find("\"orderId\":\"" + confirmed[3] + "\"")) + 1;
    std::ofstream{town.ledger} << whole.substr(0, line) << whole.substr(whole.find('\n', line) + 1);
    const auto missing = told(town.reconcile({"--ledger", town.ledger.string()}));
    REQUIRE(missing.size() == 1);
    CHECK(missing.at(0).at("what").get<std::string>().ends_with("of which the provider knows nothing"));
    std::ofstream{town.ledger} << "bananas\n";
    const auto none = town.reconcile({"--ledger", town.ledger.string()});
    CHECK(none.status == 1);
    CHECK(none.err == "sillok: " + town.ledger.string() + ", line 1: no JSON object\n");
}

TEST_CASE("both are killed again and again, and in the end their books agree") {
    Town town{"lose=0.1,forget=0.1,delay-ms=3,patience-ms=1,seed=5"};
    town.sells("tv", 1'000);
    int placed = 0;
    for (int round = 0; round < 4; ++round) {
        for (int i = 0; i < 10; ++i) town.orders("o" + std::to_string(placed++), "kim");
        // Somewhere between the first answer and the last.
        town.waits_until("o" + std::to_string(placed - 8),
                         [](const Json& seen) { return seen.value("state", "placed") != "placed"; });
        if (round % 2 == 0) town.provider->kill();
        town.shop->kill();
        if (round % 2 != 0) town.provider->kill();
        town.open_provider(town.address);
        town.open_shop();
    }
    for (int i = 0; i < placed; ++i)
        town.waits_until("o" + std::to_string(i), [](const Json& seen) {
            return seen.value("state", "") == "confirmed" || seen.value("state", "") == "rejected";
        });
    town.close_shop();
    const auto said = agreed(town.reconcile({"--ledger", "http://" + town.address}));
    CHECK(said.at("orders") == placed);
    CHECK(said.at("open") == 0);
    CHECK(said.at("authorised").get<int>() > placed / 2);
    town.close_provider();
}

TEST_CASE("an order whose payment nobody answers for is open, and no difference") {
    Town town{"mute-customer=mute,patience-ms=1"};
    town.sells("tv", 10);
    town.orders("o1", "kim");
    town.orders("o2", "mute");
    town.becomes("o1", "confirmed");
    const auto server = *parse_server("http://" + town.address);
    const auto is_booked = [&] {
        const auto ledger = exchange_once(server, {.method = Method::get, .target = "/ledger"}, 10s);
        return Json::parse(ledger.body).at("authorisations").size() == 2;
    };
    for (int i = 0; i < 3'000 && !is_booked(); ++i) std::this_thread::sleep_for(20ms);
    town.close_shop();
    const auto said = agreed(town.reconcile({"--ledger", "http://" + town.address}));
    CHECK(said.at("open") == 1);
    CHECK(said.at("openPayments").at(0).at("orderId") == "o2");
    CHECK(said.at("authorised") == 1);
}

TEST_CASE("the simulator refuses what it cannot do, in one sentence") {
    const TemporaryDirectory directory{"sillok-test"};
    const auto open = run_program({"payments-simulator", "--listen", "0.0.0.0:0"});
    CHECK(open.status == 2);
    CHECK(open.err.find("loopback") != std::string::npos);
    CHECK(run_program({"payments-simulator", "--profile", "hurry=1"}).err ==
          "sillok: the payment simulator does not understand \"hurry=1\"\n");
    CHECK(
        run_program({"payments-simulator", "--listen", "127.0.0.1:0", "--ledger", directory.path().string()}).status ==
        1);
    const ServerProcess running{
        program,
        {"payments-simulator", "--listen", "127.0.0.1:0", "--ledger", (directory.path() / "l").string()},
        directory.path() / "log"};
    const auto second =
        run_program({"payments-simulator", "--listen", "127.0.0.1:0", "--ledger", (directory.path() / "l").string()});
    CHECK(second.status == 1);
    CHECK(second.err.find("is in use by another process") != std::string::npos);
}

}  // namespace sillok
