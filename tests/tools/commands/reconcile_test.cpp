// `sillok serve` and `sillok payments-simulator`, each in its own process: their ledgers must agree.
#include "tests/eventually.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/http_client.hpp"
#include "tools/server_process.hpp"

#include <doctest/doctest.h>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <csignal>
#include <fstream>
#include <functional>
#include <optional>
#include <sstream>
#include <string>
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

const std::string webhook_secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

// A server and its payment provider, which may also send webhooks to the server.
struct ShopAndProvider {
    explicit ShopAndProvider(std::string with_profile, bool with_webhooks = false) : has_webhooks(with_webhooks) {
        if (!has_webhooks) profile = with_profile;
        open_provider("127.0.0.1:0");
        address = provider->url().substr(std::string_view{"http://"}.size());
        open_shop();
        if (!has_webhooks) return;
        // Each needs the other's address: the provider restarts once the server listens.
        close_provider();
        profile = std::move(with_profile);
        open_provider(address);
    }

    void open_provider(const std::string& listen) {
        std::vector<std::string> arguments{"payments-simulator", "--listen",     listen, "--profile", profile,
                                           "--ledger",           ledger.string()};
        if (has_webhooks && shop)
            arguments.insert(arguments.end(),
                             {"--webhooks", shop->url() + "/v1/webhooks/payments", "--webhook-secret", webhook_secret});
        provider.emplace(program, arguments, directory.path() / "provider.log");
    }
    void open_shop() {
        std::vector<std::string> arguments{"--payments", "http://" + address};
        if (has_webhooks) arguments.insert(arguments.end(), {"--payments-webhook-secret", webhook_secret});
        shop.emplace(program, data, arguments, directory.path() / "shop.log");
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
    // Places an order and does not wait for its outcome.
    void orders(const std::string& id, const std::string& customer, int quantity = 1) const {
        posts("/v1/orders", {{"orderId", id}, {"customerId", customer}, {"productId", "tv"}, {"quantity", quantity}});
    }
    Json order(const std::string& id) const {
        const auto answer = asks({.method = Method::get, .target = "/v1/orders/" + id});
        return answer.status == 200 ? Json::parse(answer.body) : Json::object();
    }
    void waits_until(const std::string& id, const std::function<bool(const Json&)>& is_so) const {
        Json seen;
        CHECK_MESSAGE(eventually(60s, id, [&] { return is_so(seen = order(id)); }), seen.dump());
    }
    void becomes(const std::string& id, const std::string& state) const {
        waits_until(id, [&](const Json& seen) { return seen.value("state", "") == state; });
    }

    [[nodiscard]] Ended reconcile(const std::vector<std::string>& more) const {
        std::vector<std::string> arguments{"reconcile", "--data", data.string(), "--json"};
        arguments.insert(arguments.end(), more.begin(), more.end());
        return run_program(arguments);
    }

    // Webhooks of the provider: how many answered a waiting saga, and how many were ignored.
    [[nodiscard]] std::pair<int, int> webhooks() const {
        std::pair<int, int> counted;
        std::uint64_t after = 0;
        for (;;) {
            const auto page = asks(
                {.method = Method::get, .target = "/v1/events?category=saga&limit=500&after=" + std::to_string(after)});
            REQUIRE(page.status == 200);
            const auto items = Json::parse(page.body).at("items");
            if (items.empty()) return counted;
            for (const auto& event : items) {
                after = event.at("position").get<std::uint64_t>();
                if (event.value("actor", "") != "payment-provider") continue;
                counted.first += event.at("type") == "saga.settled";
                counted.second += event.at("type") == "saga.ignored";
            }
        }
    }

    bool has_webhooks;
    std::string profile;
    TemporaryDirectory directory;
    std::filesystem::path data = directory.path() / "data";
    std::filesystem::path ledger = directory.path() / "ledger.jsonl";
    std::string address;
    std::optional<ServerProcess> provider;
    std::optional<ServerProcess> shop;
};

// Takes the shop's place for one connection, and closes it without a response.
void refuse_one_connection(const std::string& port) {
    asio::io_context io;
    asio::ip::tcp::acceptor acceptor{
        io, {asio::ip::make_address("127.0.0.1"), static_cast<asio::ip::port_type>(std::stoi(port))}};
    acceptor.accept();
}

Json agreed(const Ended& ended) {
    REQUIRE_MESSAGE(ended.status == 0, ended.err);
    const auto said = Json::parse(ended.out);
    CHECK(said.at("ok") == true);
    CHECK(said.at("differences").empty());
    return said;
}

Json differences_in(const Ended& ended) {
    CHECK(ended.status == 3);
    REQUIRE_MESSAGE(!ended.out.empty(), ended.err);
    const auto said = Json::parse(ended.out);
    CHECK(said.at("ok") == false);
    return said.at("differences");
}

}  // namespace

TEST_CASE("a provider that loses calls and responses ends with the server's ledger, and a changed line is found") {
    ShopAndProvider both{"decline-customer=penniless*,lose=0.2,forget=0.2,fail=0.1,patience-ms=1,seed=3"};
    both.sells("tv", 100);
    for (int i = 0; i < 12; ++i) both.orders("o" + std::to_string(i), "kim");
    for (int i = 0; i < 3; ++i) both.orders("p" + std::to_string(i), "penniless" + std::to_string(i));
    both.orders("short", "kim", 1'000);
    for (int i = 0; i < 12; ++i)
        both.waits_until("o" + std::to_string(i), [](const Json& seen) {
            return seen.value("state", "") == "confirmed" || seen.value("state", "") == "rejected";
        });
    for (int i = 0; i < 3; ++i) both.becomes("p" + std::to_string(i), "rejected");
    both.becomes("short", "rejected");

    std::vector<std::string> confirmed;
    for (int i = 0; i < 12; ++i) {
        const auto id = "o" + std::to_string(i);
        if (both.order(id).at("state") == "confirmed") confirmed.push_back(id);
    }
    REQUIRE(confirmed.size() >= 4);  // with this seed
    // One is delivered, one comes back, one is cancelled.
    for (int i = 0; i < 2; ++i) {
        const auto of = "/v1/deliveries/" + confirmed[static_cast<std::size_t>(i)];
        both.waits_until(confirmed[static_cast<std::size_t>(i)],
                         [](const Json& seen) { return seen.value("deliveryState", Json{}) == "prepared"; });
        both.posts(of + "/start", Json::object());
        both.waits_until(confirmed[static_cast<std::size_t>(i)],
                         [](const Json& seen) { return seen.value("paymentState", Json{}) == "captured"; });
        both.posts(of + "/completion", Json::object());
        both.becomes(confirmed[static_cast<std::size_t>(i)], "completed");
    }
    both.posts("/v1/deliveries/" + confirmed[1] + "/return", Json::object());
    both.waits_until(confirmed[1], [](const Json& seen) { return seen.value("paymentState", Json{}) == "refunded"; });
    both.posts("/v1/orders/" + confirmed[2] + "/cancellation", Json::object());
    both.becomes(confirmed[2], "cancelled");
    both.close_shop();

    const auto by_url = agreed(both.reconcile({"--ledger", "http://" + both.address}));
    both.close_provider();
    const auto by_file = agreed(both.reconcile({"--ledger", both.ledger.string()}));
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
    agreed(both.reconcile({}));

    // One line changed: the authorisation of another amount.
    const auto whole = content_of(both.ledger);
    auto changed = whole;
    const auto at = changed.find(R"("amount":{"amount":100,)", changed.find("\"orderId\":\"" + confirmed[3] + "\""));
    changed.replace(at, 23, R"("amount":{"amount":101,)");
    std::ofstream{both.ledger} << changed;
    const auto differences = differences_in(both.reconcile({"--ledger", both.ledger.string()}));
    REQUIRE(differences.size() == 1);
    CHECK(differences.at(0).at("orderId") == confirmed[3]);
    CHECK(differences.at(0).at("what") == "the provider authorised 101 KRW, the log says 100 KRW");

    // One line gone; and a ledger that is none.
    const auto line = whole.rfind('\n', whole.find("\"orderId\":\"" + confirmed[3] + "\"")) + 1;
    std::ofstream{both.ledger} << whole.substr(0, line) << whole.substr(whole.find('\n', line) + 1);
    const auto missing = differences_in(both.reconcile({"--ledger", both.ledger.string()}));
    REQUIRE(missing.size() == 1);
    CHECK(missing.at(0).at("what").get<std::string>().ends_with("of which the provider knows nothing"));
    std::ofstream{both.ledger} << "bananas\n";
    const auto none = both.reconcile({"--ledger", both.ledger.string()});
    CHECK(none.status == 1);
    CHECK(none.err == "sillok: " + both.ledger.string() + ", line 1: no JSON object\n");
}

TEST_CASE("after repeated kills of both processes their ledgers agree") {
    ShopAndProvider both{"lose=0.1,forget=0.1,delay-ms=3,patience-ms=1,seed=5"};
    both.sells("tv", 1'000);
    int placed = 0;
    for (int round = 0; round < 4; ++round) {
        for (int i = 0; i < 10; ++i) both.orders("o" + std::to_string(placed++), "kim");
        // At a moment when some orders are decided and others are not.
        both.waits_until("o" + std::to_string(placed - 8),
                         [](const Json& seen) { return seen.value("state", "placed") != "placed"; });
        if (round % 2 == 0) both.provider->kill();
        both.shop->kill();
        if (round % 2 != 0) both.provider->kill();
        both.open_provider(both.address);
        both.open_shop();
    }
    for (int i = 0; i < placed; ++i)
        both.waits_until("o" + std::to_string(i), [](const Json& seen) {
            return seen.value("state", "") == "confirmed" || seen.value("state", "") == "rejected";
        });
    both.close_shop();
    const auto said = agreed(both.reconcile({"--ledger", "http://" + both.address}));
    CHECK(said.at("orders") == placed);
    CHECK(said.at("open") == 0);
    CHECK(said.at("authorised").get<int>() > placed / 2);
    both.close_provider();
}

TEST_CASE("lost, late and duplicated webhooks leave both ledgers equal") {
    ShopAndProvider both{
        "decline-customer=penniless*,forget=0.4,lose=0.1,delay-ms=5,patience-ms=1,webhook-delay-ms=2,"
        "webhook-duplicate=0.3,webhook-late=0.3,webhook-late-ms=200,webhook-lose=0.1,seed=11",
        true};
    both.sells("tv", 100);
    constexpr int count = 24;
    const auto id = [](int i) { return "o" + std::to_string(i); };
    for (int i = 0; i < count; ++i) both.orders(id(i), i % 6 == 5 ? "penniless" : "kim");
    const auto is_decided = [](const Json& seen) {
        return seen.value("state", "") == "confirmed" || seen.value("state", "") == "rejected";
    };
    std::vector<std::string> confirmed;
    for (int i = 0; i < count; ++i) {
        both.waits_until(id(i), is_decided);
        if (both.order(id(i)).at("state") == "confirmed") confirmed.push_back(id(i));
    }
    REQUIRE(confirmed.size() >= 9);  // with this seed
    for (std::size_t i = 0; i < 3; ++i) {
        both.posts("/v1/orders/" + confirmed[i] + "/cancellation", Json::object());
        const auto of = "/v1/deliveries/" + confirmed[i + 3];
        both.waits_until(confirmed[i + 3],
                         [](const Json& seen) { return seen.value("deliveryState", Json{}) == "prepared"; });
        both.posts(of + "/start", Json::object());
        both.posts(of + "/completion", Json::object());
        both.becomes(confirmed[i + 3], "completed");
        both.posts(of + "/return", Json::object());
    }
    for (std::size_t i = 0; i < 3; ++i) {
        both.becomes(confirmed[i], "cancelled");
        both.waits_until(confirmed[i + 3],
                         [](const Json& seen) { return seen.value("paymentState", Json{}) == "refunded"; });
    }
    // A late webhook finds that its saga has the answer already.
    CHECK(eventually(10s, "one webhook has answered a saga and one was ignored", [&] {
        const auto [settled, ignored] = both.webhooks();
        return settled > 0 && ignored > 0;
    }));
    both.close_shop();
    const auto said = agreed(both.reconcile({"--ledger", "http://" + both.address}));
    CHECK(said.at("open") == 0);
    CHECK(said.at("orders") == count);
    CHECK(said.at("refunded") == 3);
    CHECK(said.at("voided") == 3);
    both.close_provider();
}

TEST_CASE("a provider that never responds but sends webhooks delays no order") {
    ShopAndProvider both{"forget=1,patience-ms=60000", true};
    both.sells("tv", 10);
    const auto begun = std::chrono::steady_clock::now();
    both.orders("o1", "kim");
    both.becomes("o1", "confirmed");
    CHECK(std::chrono::steady_clock::now() - begun < 4s);  // a call times out after five seconds
    CHECK(both.webhooks() == std::pair{1, 0});
    both.close_shop();
    agreed(both.reconcile({"--ledger", "http://" + both.address}));
    both.close_provider();
}

TEST_CASE("a webhook is sent again until the server accepts it") {
    ShopAndProvider both{"forget=1,patience-ms=60000,webhook-delay-ms=500", true};
    both.sells("tv", 10);
    const auto port = both.shop->url().substr(both.shop->url().rfind(':') + 1);
    both.orders("o1", "kim");
    const auto server = *parse_server("http://" + both.address);
    const auto is_authorised = [&] {
        const auto ledger = exchange_once(server, {.method = Method::get, .target = "/ledger"}, 10s);
        return Json::parse(ledger.body).at("authorisations").size() == 1;
    };
    REQUIRE(eventually(10s, "the payment is authorised", is_authorised));
    both.shop->kill();
    refuse_one_connection(port);
    both.shop.emplace(program, both.data,
                      std::vector<std::string>{"--payments", "http://" + both.address, "--payments-webhook-secret",
                                               webhook_secret, "--listen", "127.0.0.1:" + port},
                      both.directory.path() / "shop.log");
    both.becomes("o1", "confirmed");
    CHECK(both.webhooks().first == 1);
    both.close_shop();
    agreed(both.reconcile({"--ledger", "http://" + both.address}));
}

TEST_CASE("malformed or missing webhook secrets are refused in one sentence that does not show the secret") {
    const TemporaryDirectory directory;
    const auto data = (directory.path() / "data").string();
    const auto wrong = run_program({"serve", "--data", data, "--payments-webhook-secret", "hunter2"});
    CHECK(wrong.status == 2);
    CHECK(wrong.err ==
          "sillok: --payments-webhook-secret: a webhook secret is whsec_ and the base64 of 24 to 64 bytes\n");
    CHECK(run_program({"serve", "--data", data}, {"SILLOK_PAYMENTS_WEBHOOK_SECRET=" + webhook_secret + " x"}).status ==
          2);
    const auto file = directory.path() / "secrets";
    CHECK(run_program({"serve", "--data", data, "--payments-webhook-secret-file", file.string()}).err ==
          "sillok: cannot read " + file.string() + "\n");
    std::ofstream{file} << webhook_secret << "\nbananas\n";
    CHECK(run_program({"serve", "--data", data, "--payments-webhook-secret-file", file.string()}).status == 2);
    CHECK_FALSE(std::filesystem::exists(data));

    const auto simulator = [](std::vector<std::string> more) {
        more.insert(more.begin(), {"payments-simulator", "--listen", "127.0.0.1:0"});
        return run_program(more);
    };
    CHECK(simulator({"--webhooks", "http://127.0.0.1:1/"}).err ==
          "sillok: --webhook-secret: there is no webhook secret in it\n");
    CHECK(simulator({"--webhooks", "ftp://x", "--webhook-secret", webhook_secret}).status == 2);
    CHECK(simulator({"--webhook-secret", webhook_secret}).err == "sillok: without --webhooks URL no webhook is sent\n");
    CHECK(simulator({"--profile", "webhook-lose=0.5"}).err == "sillok: without --webhooks URL no webhook is sent\n");
}

TEST_CASE("an order whose payment has no response is open and is no difference") {
    ShopAndProvider both{"mute-customer=mute,patience-ms=1"};
    both.sells("tv", 10);
    both.orders("o1", "kim");
    both.orders("o2", "mute");
    both.becomes("o1", "confirmed");
    const auto server = *parse_server("http://" + both.address);
    const auto is_authorised = [&] {
        const auto ledger = exchange_once(server, {.method = Method::get, .target = "/ledger"}, 10s);
        return Json::parse(ledger.body).at("authorisations").size() == 2;
    };
    REQUIRE(eventually(60s, "both payments are authorised", is_authorised));
    both.close_shop();
    const auto said = agreed(both.reconcile({"--ledger", "http://" + both.address}));
    CHECK(said.at("open") == 1);
    CHECK(said.at("openPayments").at(0).at("orderId") == "o2");
    CHECK(said.at("authorised") == 1);
}

TEST_CASE("the simulator refuses what it cannot do, in one sentence") {
    const TemporaryDirectory directory;
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
