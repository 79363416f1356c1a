#include "api/idempotency.hpp"
#include "eventstore/base/clock.hpp"
#include "tests/api/running_server.hpp"
#include "tests/eventually.hpp"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <exception>
#include <set>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

using namespace sillok;
using namespace sillok::test;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

const json tv{{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 10000}, {"currency", "KRW"}}}};
const json one_tv{{"productId", "tv"}, {"quantity", 1}, {"customerId", "c-1"}};
const Headers with_key{{"Idempotency-Key", "k-1"}};

// All but the date, and the mark of a repetition.
void check_same_response(const Reply& first, const Reply& second) {
    CHECK(second.status == first.status);
    CHECK(second.body == first.body);
    CHECK(second.header("idempotent-replayed") == "true");
    auto headers = second.headers;
    headers.erase("idempotent-replayed");
    headers["date"] = first.header("date");
    CHECK(headers == first.headers);
}

}  // namespace

TEST_CASE("a repeated request gets the first response, byte for byte, and has one effect") {
    RunningServer sillok;
    auto client = sillok.client();
    REQUIRE(client.post("/v1/products", tv).status == 201);
    sillok.backend().sagas.pause();
    const auto first = client.post("/v1/orders", one_tv, with_key);
    CHECK(first.status == 201);
    CHECK(first.header("idempotent-replayed").empty());
    const auto head = sillok.backend().store.head();
    check_same_response(first, client.post("/v1/orders", one_tv, with_key));
    check_same_response(first, client.post("/v1/orders", one_tv, {{"Idempotency-Key", "\"k-1\""}}));
    CHECK(sillok.backend().store.head() == head);
}

TEST_CASE("a key with another payload is refused") {
    RunningServer sillok;
    auto client = sillok.client();
    REQUIRE(client.post("/v1/products", tv, with_key).status == 201);
    auto radio = tv;
    radio["productId"] = "radio";
    const auto reused = client.post("/v1/products", radio, with_key);
    CHECK(reused.status == 422);
    CHECK(reused.code() == "idempotency-key-reused");
    CHECK(client.post("/v1/products/tv/stock-receipts", {{"quantity", 1}}, with_key).code() ==
          "idempotency-key-reused");
}

TEST_CASE("a refusal of the moment is not kept: the same request is decided again") {
    RunningServer sillok;
    auto client = sillok.client();
    CHECK(client.post("/v1/orders", one_tv, with_key).status == 422);  // no such product yet
    const Headers receipt_key{{"Idempotency-Key", "k-2"}};
    const json five{{"quantity", 5}};
    CHECK(client.post("/v1/products/tv/stock-receipts", five, receipt_key).status == 404);
    const json less{{"delta", -5}, {"reason", "broken"}};
    const Headers adjustment_key{{"Idempotency-Key", "k-3"}};
    CHECK(client.post("/v1/products/tv/stock-adjustments", less, adjustment_key).status == 404);
    const Headers start_key{{"Idempotency-Key", "k-4"}, {"Prefer", "wait=5"}};
    CHECK(client.post("/v1/deliveries/o-1/start", json::object(), start_key).status == 409);

    REQUIRE(client.post("/v1/products", tv).status == 201);
    CHECK(client.post("/v1/products/tv/stock-adjustments", less, adjustment_key).status == 422);  // nothing there
    const auto received = client.post("/v1/products/tv/stock-receipts", five, receipt_key);
    CHECK(received.status == 201);
    check_same_response(received, client.post("/v1/products/tv/stock-receipts", five, receipt_key));
    CHECK(client.post("/v1/products/tv/stock-adjustments", less, adjustment_key).status == 201);
    CHECK(client.post("/v1/orders", one_tv, with_key).status == 201);
    CHECK(client.post("/v1/products/tv/stock-receipts", five).status == 201);
    auto order = one_tv;
    order["orderId"] = "o-1";
    REQUIRE(client.post("/v1/orders", order, {{"Prefer", "wait=5"}}).json().at("state") == "confirmed");
    CHECK(eventually(20s, "the delivery is prepared",
                     [&] { return client.post("/v1/deliveries/o-1/start", json::object(), start_key).status == 200; }));
}

TEST_CASE("a version that did not fit may fit later") {
    RunningServer sillok;
    auto client = sillok.client();
    REQUIRE(client.post("/v1/products", tv).status == 201);
    const json change{{"name", "Television"}};
    const Headers second{{"Idempotency-Key", "k-1"}, {"If-Match", "\"v2\""}};
    CHECK(client.patch("/v1/products/tv", change, second).status == 412);
    REQUIRE(client.patch("/v1/products/tv", {{"kind", "set"}}).status == 200);
    CHECK(client.patch("/v1/products/tv", change, second).status == 200);
}

TEST_CASE("a request that can never succeed gets its first response again, and uses up its key") {
    RunningServer sillok;
    auto client = sillok.client();
    REQUIRE(client.post("/v1/products", tv).status == 201);
    const std::vector<std::tuple<std::string, json, unsigned>> requests{
        {"/v1/products", {{"name", "TV"}}, 400},
        {"/v1/products/tv/stock-receipts", {{"quantity", 0}}, 422},
        {"/v1/orders", {{"customerId", "c"}, {"lines", json::array()}}, 422},
        {"/v1/orders", {{"customerId", ".."}, {"productId", "tv"}, {"quantity", 1}}, 400},
    };
    int number = 0;
    for (const auto& [target, body, status] : requests) {
        CAPTURE(target);
        const Headers key{{"Idempotency-Key", "never-" + std::to_string(++number)}};
        const auto refused = client.post(target, body, key);
        CHECK(refused.status == status);
        const auto again = client.post(target, body, key);
        CHECK(again.status == status);
        CHECK(again.body == refused.body);  // with the first trace id
        CHECK(again.header("idempotent-replayed") == "true");
        CHECK(client.post(target, {{"other", 1}}, key).code() == "idempotency-key-reused");
    }
    std::string many = "{";
    for (int i = 0; i < 330'000; ++i) many += "\"m" + std::to_string(i) + "\":0,";
    many += R"("n":0})";
    const Headers key{{"Content-Type", "application/json"}, {"Idempotency-Key", "never-many"}};
    const auto refused = client.send("POST", "/v1/products", many, key);
    CHECK(refused.code() == "invalid-body");
    CHECK(refused.body.size() < 16'000);
    CHECK(client.send("POST", "/v1/products", many, key).header("idempotent-replayed") == "true");
    const auto broken = client.send("POST", "/v1/products", "{", {{"Content-Type", "application/json"}, with_key[0]});
    CHECK(broken.code() == "malformed-json");
    CHECK(client.post("/v1/products", tv, with_key).code() == "idempotency-key-reused");
}

TEST_CASE("a response that cannot be kept is given all the same") {
    RunningServer sillok;
    auto client = sillok.client();
    sillok.backend().store.close();
    CHECK(client.post("/v1/products", {{"name", "TV"}}, with_key).code() == "invalid-body");
    CHECK(client.post("/v1/admin/parts/deliveries/pause", json::object(), {{"Idempotency-Key", "k-2"}}).status == 200);
    CHECK(client.post("/v1/products", tv, {{"Idempotency-Key", "k-3"}}).code() == "log-unavailable");
}

TEST_CASE("every method that changes something takes a key") {
    RunningServer sillok;
    auto client = sillok.client();
    REQUIRE(client.post("/v1/products", tv).status == 201);
    const json change{{"name", "Television"}};
    const auto revised = client.patch("/v1/products/tv", change, with_key);
    CHECK(revised.status == 200);
    check_same_response(revised, client.patch("/v1/products/tv", change, with_key));
    CHECK(client.patch("/v1/products/tv", {{"name", "Radio"}}, with_key).code() == "idempotency-key-reused");
    CHECK(client.remove("/v1/products/tv", with_key).code() == "idempotency-key-reused");

    const Headers remove_key{{"Idempotency-Key", "k-2"}};
    const auto removed = client.remove("/v1/products/tv", remove_key);
    CHECK(removed.status == 204);
    check_same_response(removed, client.remove("/v1/products/tv", remove_key));
    CHECK(client.remove("/v1/products/tv").status == 409);
}

TEST_CASE("an administrator's action is done once per key") {
    RunningServer sillok;
    auto client = sillok.client();
    const auto act = [&client](const std::string& target, const std::string& key) {
        return client.post(target, json::object(), {{"Idempotency-Key", key}});
    };
    for (const std::string target : {"/v1/admin/breakers/payments/open", "/v1/admin/parts/deliveries/pause"}) {
        CAPTURE(target);
        const auto done = act(target, "k" + target);
        CHECK(done.status == 200);
        check_same_response(done, act(target, "k" + target));
    }
    CHECK(client.post("/v1/admin/parts/deliveries/resume", json::object()).status == 200);
    CHECK(act("/v1/admin/parts/deliveries/pause", "k/v1/admin/parts/deliveries/pause").status == 200);
    CHECK(client.get("/v1/admin/parts").json().at("items").at(2).at("paused") == false);
}

TEST_CASE("after its time a response is no longer repeated, and the key is a new one") {
    RunningServer sillok{{}, {.listener = {}, .admin = {}, .payments_webhook = {}, .idempotency_keep = 0ms}};
    auto client = sillok.client();
    auto product = tv;
    product.erase("productId");
    std::set<std::string> made;
    for (int i = 0; i < 3; ++i) {
        const auto reply = client.post("/v1/products", product, with_key);
        CHECK(reply.status == 201);
        CHECK(reply.header("idempotent-replayed").empty());
        made.insert(reply.json().at("productId"));
    }
    CHECK(made.size() == 3);
    CHECK(client.post("/v1/products", tv, with_key).status == 201);  // another body is no misuse any more
}

TEST_CASE("where a response has left the disk the key is a new one, and its next response is repeated") {
    RunningServer sillok;
    auto client = sillok.client();
    auto product = tv;
    product.erase("productId");
    const auto first = client.post("/v1/products", product, with_key);
    REQUIRE(first.status == 201);
    auto& store = sillok.backend().store;
    const Uuid command{store.read_log(Position{}, 1).front().command_id};
    asio::io_context context;
    asio::co_spawn(context, store.replace_receipt(command, {}), [](std::exception_ptr failed, auto replaced) {
        CHECK_FALSE(failed);
        CHECK(replaced);
    });
    context.run();
    const auto second = client.post("/v1/products", product, with_key);
    CHECK(second.status == 201);
    CHECK(second.json().at("productId") != first.json().at("productId"));
    check_same_response(second, client.post("/v1/products", product, with_key));
}

TEST_CASE("a receipt may leave the disk when its response is not repeated any more") {
    const auto kept = api::receipts_kept_for(1h);
    CHECK(kept.keep == 1h);
    CHECK(api::receipts_kept_for(0ms).keep == 1s);
    const auto now = SystemClock{}.now().value;
    const auto known = [](std::int64_t time) {
        return KnownCommand{.first = Position{1}, .events = 1, .receipt = api::receipt_of({}, {{}, Timestamp{time}})};
    };
    CHECK(kept.is_over(known(now - 3'600'000)));
    CHECK_FALSE(kept.is_over(known(now - 3'500'000)));
    const KnownCommand without_time{.first = Position{1}, .events = 1, .receipt = "of an older program"};
    CHECK_FALSE(kept.is_over(without_time));
    CHECK(api::receipts_kept_for(0ms).is_over(without_time));
}

TEST_CASE("the response after a wait is the one that is repeated") {
    RunningServer sillok;
    auto client = sillok.client();
    REQUIRE(client.post("/v1/products", tv).status == 201);
    REQUIRE(client.post("/v1/products/tv/stock-receipts", {{"quantity", 1}}).status == 201);
    const Headers headers{{"Idempotency-Key", "k-1"}, {"Prefer", "wait=5"}};
    const auto first = client.post("/v1/orders", one_tv, headers);
    CHECK(first.json().at("state") == "confirmed");
    check_same_response(first, client.post("/v1/orders", one_tv, headers));
}

TEST_CASE("while a request is in progress its key is refused") {
    RunningServer sillok;
    auto client = sillok.client();
    REQUIRE(client.post("/v1/products", tv).status == 201);
    sillok.backend().sagas.pause();
    std::thread waiting{[&sillok] {
        const Headers headers{{"Idempotency-Key", "k-1"}, {"Prefer", "wait=8"}};
        sillok.client().post("/v1/orders", one_tv, headers);
    }};
    CHECK(eventually(20s, "the order is placed", [&] { return sillok.backend().store.head() >= Position{2}; }));
    const auto meanwhile = client.post("/v1/orders", one_tv, with_key);
    CHECK(meanwhile.status == 409);
    CHECK(meanwhile.code() == "idempotency-key-in-flight");
    sillok.server().stop();  // ends the wait
    waiting.join();
}

TEST_CASE("the same key of two principals gives two command ids") {
    CHECK(api::command_id_of("a", "k") != api::command_id_of("b", "k"));
    CHECK(api::command_id_of("a", "k") == api::command_id_of("a", "k"));
    CHECK(api::command_id_of("ab", "k") != api::command_id_of("a", "bk"));
}

TEST_CASE("a receipt holds the whole response") {
    api::Response response{.status = 201,
                           .content_type = "application/json",
                           .body = "{}",
                           .headers = {{"ETag", "\"v1\""}},
                           .position = {}};
    const auto post = boost::beast::http::verb::post;
    const auto keyed = [](std::string_view key, std::string_view body) {
        return api::KeyedRequest{api::fingerprint_of(key, post, "/v1/orders", body), Timestamp{7}};
    };
    const KnownCommand known{.first = Position{5}, .events = 2, .receipt = api::receipt_of(response, keyed("k", "{}"))};
    CHECK(api::kept_at(known) == Timestamp{7});
    const auto replayed = api::replay(known, keyed("k", "{}"));
    REQUIRE(replayed);
    CHECK(replayed->status == 201);
    CHECK(replayed->body == "{}");
    CHECK(replayed->position == Position{6});
    CHECK_FALSE(api::replay(known, keyed("k", "{ }")));
    CHECK_FALSE(api::replay(known, keyed("l", "{}")));
    CHECK_FALSE(api::replay({.first = {}, .events = 0, .receipt = "damaged"}, keyed("k", "{}")));
}

TEST_CASE("a receipt of an older program is read, and does not say when it was kept") {
    // {"ok":1} with status 201, an ETag "v1" and position 0, as the program of November 2026 stored it.
    std::string bytes{"\x01\x01"};
    bytes += std::string(32, 'f');
    bytes += std::string{"\xc9\x00", 2};
    const auto text = [&bytes](std::string_view value) {
        bytes += static_cast<char>(value.size());
        bytes += std::string(7, '\0');
        bytes += value;
    };
    text("application/json");
    text("{\"ok\":1}");
    bytes += '\x01' + std::string(7, '\0');
    text("ETag");
    text("\"v1\"");
    bytes += std::string(8, '\0');
    const KnownCommand known{.first = Position{5}, .events = 2, .receipt = bytes};
    CHECK_FALSE(api::kept_at(known));
    Hash fingerprint;
    fingerprint.fill(std::uint8_t{'f'});
    const auto replayed = api::replay(known, {fingerprint, Timestamp{}});
    REQUIRE(replayed);
    CHECK(replayed->status == 201);
    CHECK(replayed->body == "{\"ok\":1}");
    CHECK(replayed->position == Position{6});
}
