// Kills the server at random moments under load, several times, on the same data directory. Everything acknowledged
// exists once, and every saga that had started ends.
//
// SILLOK_KILL_ROUNDS   number of kills; default 3
// SILLOK_KILL_SEED     repeats the random moments of an earlier run; each run prints its seed
#include "eventstore/stream_name.hpp"
#include "tests/eventually.hpp"
#include "tests/temporary_directory.hpp"
#include "tests/tools/program.hpp"
#include "tools/load_driver.hpp"
#include "tools/server_process.hpp"
#include "tools/settled.hpp"

#include <doctest/doctest.h>
#include <spdlog/fmt/fmt.h>
#include <boost/system/system_error.hpp>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using Json = nlohmann::json;

constexpr std::chrono::seconds patience{30};
constexpr std::size_t connections = 8;

struct Stocked {
    const char* product;
    std::int64_t quantity;
};
// The last product is short: some orders are rejected and their reservations released.
constexpr Stocked stocked[] = {{"plenty", 1'000'000}, {"enough", 1'000'000}, {"scarce", 60}};

std::uint64_t number_from_environment(const char* variable, std::uint64_t otherwise) {
    const char* text = std::getenv(variable);
    return text ? std::stoull(text) : otherwise;
}

class ServerFixture {
   public:
    void open() {
        // Payments take 15 ms and some are declined, so that sagas are in every state.
        server_ = std::make_unique<ServerProcess>(
            program, data(), std::vector<std::string>{"--payments", "simulator:delay-ms=15,decline=0.1"},
            directory_.path() / "log");
        address_ = *parse_server(server_->url());
    }
    void kill() { server_->kill(); }
    void close() { CHECK(server_->stop(std::chrono::seconds{30}) == 0); }
    [[nodiscard]] std::filesystem::path data() const { return directory_.path() / "data"; }
    [[nodiscard]] const ServerAddress& address() const { return address_; }

    // After a crash the read models catch up with the log: `at_least` says which position the answer must show.
    [[nodiscard]] Json get(const std::string& target, std::uint64_t at_least = 0) const {
        HttpRequest request{.method = Method::get, .target = target};
        request.at_least = at_least;
        request.wait_seconds = 10;
        const auto answer = exchange_once(address_, std::move(request), patience);
        REQUIRE_MESSAGE(answer.status == 200, target << ": " << answer.body);
        return Json::parse(answer.body);
    }
    // Every item of a list, page by page.
    template <class Visit>
    void each(std::string target, const Visit& visit) const {
        while (!target.empty()) {
            const auto page = get(target);
            for (const auto& item : page.at("items")) visit(item);
            const auto& links = page.at("_links");
            target = links.contains("next") ? links.at("next").at("href").get<std::string>() : "";
        }
    }
    void post(const std::string& target, const Json& body) const {
        const auto answer = exchange_once(
            address_,
            {.method = Method::post, .target = target, .body = body.dump(), .idempotency_key = target + body.dump()},
            patience);
        REQUIRE_MESSAGE(answer.status == 201, answer.body);
    }

   private:
    TemporaryDirectory directory_;
    std::unique_ptr<ServerProcess> server_;
    ServerAddress address_;
};

// Sends orders with known ids until the server has exited.
class Load {
   public:
    void run(const ServerAddress& server) {
        for_each_over_http(server, connections, connections,
                           [this](auto& http, auto i) { return order_until_gone(http, i); });
    }

    // Repeats the requests that got no response, as a client would.
    void send_again(const ServerAddress& server) {
        const auto unanswered = std::exchange(unanswered_, {});
        for (const auto number : unanswered) {
            const auto answer = exchange_once(server, request_of(number), patience);
            CHECK_MESSAGE(answer.status == 201, answer.body);
            acknowledge(number, answer);
        }
    }

    [[nodiscard]] const std::vector<std::uint64_t>& acknowledged() const { return acknowledged_; }
    // May be called from another thread while the load runs.
    [[nodiscard]] std::uint64_t acknowledged_count() const { return acknowledged_count_; }
    // The highest acknowledged position.
    [[nodiscard]] std::uint64_t position() const { return position_; }

    static std::string id_of(std::uint64_t number) { return fmt::format("o-{}", number); }

   private:
    asio::awaitable<void> order_until_gone(HttpConnection& http, std::size_t) {
        for (;;) {
            const auto number = next_++;
            unanswered_.insert(number);
            HttpResponse answer;
            try {
                HttpRequest request = request_of(number);
                answer = co_await http.exchange(std::move(request));
            } catch (const boost::system::system_error&) {
                co_return;
            }
            CHECK_MESSAGE(answer.status == 201, answer.body);
            unanswered_.erase(number);
            acknowledge(number, answer);
        }
    }

    void acknowledge(std::uint64_t number, const HttpResponse& answer) {
        acknowledged_.push_back(number);
        ++acknowledged_count_;
        position_ = std::max(position_, answer.position.value_or(0));
    }

    // Three lines in every third order; the scarce product in every fifth.
    static HttpRequest request_of(std::uint64_t number) {
        auto lines = Json::array({{{"productId", "plenty"}, {"quantity", 1 + number % 3}}});
        if (number % 3 == 0) lines.push_back({{"productId", "enough"}, {"quantity", 2}});
        if (number % 3 == 0) lines.push_back({{"productId", "plenty"}, {"quantity", 1}});
        if (number % 5 == 0) lines.push_back({{"productId", "scarce"}, {"quantity", 1}});
        const Json body{
            {"orderId", id_of(number)}, {"customerId", fmt::format("c-{}", number % 17)}, {"lines", std::move(lines)}};
        return {.method = Method::post, .target = "/v1/orders", .body = body.dump(), .idempotency_key = id_of(number)};
    }

    std::uint64_t next_ = 1;
    std::set<std::uint64_t> unanswered_;
    std::vector<std::uint64_t> acknowledged_;
    std::atomic<std::uint64_t> acknowledged_count_ = 0;
    std::uint64_t position_ = 0;
};

void check_every_acknowledged_order_is_there_once(const ServerFixture& server, const Load& load) {
    std::map<std::string, int> placed;
    server.each("/v1/events?type=order.placed&limit=500",
                [&](const Json& event) { ++placed[event.at("stream").get<std::string>()]; });
    std::map<std::string, int> listed;
    server.each("/v1/orders?limit=500", [&](const Json& order) { ++listed[order.at("orderId").get<std::string>()]; });
    for (const auto& [stream, times] : placed) CHECK_MESSAGE(times == 1, stream);
    for (const auto& [id, times] : listed) CHECK_MESSAGE(times == 1, id);
    CHECK(placed.size() == listed.size());
    for (const auto number : load.acknowledged()) {
        CHECK_MESSAGE(placed.contains("order-" + Load::id_of(number)), number);
        CHECK_MESSAGE(listed.contains(Load::id_of(number)), number);
    }
}

void check_every_saga_has_ended_and_the_stock_adds_up(const ServerFixture& server) {
    std::map<std::string, std::int64_t> reserved;
    int confirmed = 0, rejected = 0;
    server.each("/v1/orders?limit=500", [&](const Json& order) {
        const auto state = order.at("state").get<std::string>();
        CAPTURE(order.dump());
        CHECK(order.at("pending") == false);
        CHECK((state == "confirmed" || state == "rejected"));
        if (state == "confirmed") {
            ++confirmed;
            CHECK(order.at("deliveryState") == "prepared");
            CHECK(order.at("paymentState") == "authorised");
            for (const auto& line : order.at("lines"))
                reserved[line.at("productId").get<std::string>()] += line.at("quantity").get<std::int64_t>();
        } else {
            ++rejected;
        }
    });
    for (const auto& [product, quantity] : stocked) {
        const auto stock = server.get(std::string{"/v1/stock/"} + product);
        CAPTURE(product);
        CHECK(stock.at("onHand") == quantity);
        CHECK(stock.at("reserved") == reserved[product]);
        CHECK(stock.at("available").get<std::int64_t>() >= 0);
    }
    CHECK(server.get("/readyz?verbose").at("sagas").at("parked") == 0);
    MESSAGE(confirmed, " orders confirmed, ", rejected, " rejected");
}

void check_the_log_is_whole(const ServerFixture& server) {
    const auto verified = run_program({"verify", "--data", server.data().string(), "--json"});
    CHECK_MESSAGE(verified.status == 0, verified.err);
    const auto replayed = run_program({"replay", "--all", "--dry-run", "--data", server.data().string(), "--json"});
    CHECK_MESSAGE(replayed.status == 0, replayed.err);
    for (const auto& model : Json::parse(replayed.out).at("projections")) {
        CHECK(model.at("differences") == 0);
        CHECK(model.at("compared") == true);
    }
}

}  // namespace

TEST_CASE("a server that is killed several times under load loses nothing that it has acknowledged") {
    const auto rounds = number_from_environment("SILLOK_KILL_ROUNDS", 3);
    const auto seed = number_from_environment("SILLOK_KILL_SEED", std::random_device{}());
    MESSAGE("SILLOK_KILL_SEED=", seed, " SILLOK_KILL_ROUNDS=", rounds);
    std::mt19937_64 chance{seed};

    ServerFixture server;
    Load load;
    server.open();
    for (const auto& [product, quantity] : stocked) {
        server.post("/v1/products",
                    {{"productId", product}, {"name", product}, {"price", {{"amount", 250}, {"currency", "EUR"}}}});
        server.post(std::string{"/v1/products/"} + product + "/stock-receipts", {{"quantity", quantity}});
    }
    for (std::uint64_t round = 0; round < rounds; ++round) {
        const std::chrono::milliseconds moment{20 + chance() % 400};
        {
            std::jthread killer{[&] {
                std::this_thread::sleep_for(moment);
                server.kill();
            }};
            load.run(server.address());
        }
        server.open();
        load.send_again(server.address());
        for (const auto number : load.acknowledged())
            if (number % 50 == round % 50)
                CHECK(server.get("/v1/orders/" + Load::id_of(number), load.position()).at("orderId") ==
                      Load::id_of(number));
    }

    REQUIRE(wait_until_settled(server.address(), std::chrono::seconds{60}));
    CHECK_FALSE(load.acknowledged().empty());
    check_every_acknowledged_order_is_there_once(server, load);
    check_every_saga_has_ended_and_the_stock_adds_up(server);
    server.close();
    check_the_log_is_whole(server);
}

TEST_CASE("a server that is stopped under load answers the requests it has accepted, then exits") {
    ServerFixture server;
    Load load;
    server.open();
    for (const auto& [product, quantity] : stocked) {
        server.post("/v1/products",
                    {{"productId", product}, {"name", product}, {"price", {{"amount", 250}, {"currency", "EUR"}}}});
        server.post(std::string{"/v1/products/"} + product + "/stock-receipts", {{"quantity", quantity}});
    }
    {
        std::jthread stopper{[&] {
            CHECK(eventually(patience, "50 orders are acknowledged", [&] { return load.acknowledged_count() >= 50; }));
            server.close();
        }};
        load.run(server.address());
    }
    check_the_log_is_whole(server);
    server.open();
    REQUIRE(wait_until_settled(server.address(), std::chrono::seconds{60}));
    check_every_acknowledged_order_is_there_once(server, load);
    check_every_saga_has_ended_and_the_stock_adds_up(server);
    server.close();
}

}  // namespace sillok
