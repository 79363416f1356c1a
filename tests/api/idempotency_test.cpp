#include "api/idempotency.hpp"
#include "tests/api/running_server.hpp"
#include "tests/eventually.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>
#include <thread>

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

TEST_CASE("a stored refusal is repeated, even if the command would succeed now") {
    RunningServer sillok;
    auto client = sillok.client();
    const auto refused = client.post("/v1/orders", one_tv, with_key);
    CHECK(refused.status == 422);
    REQUIRE(client.post("/v1/products", tv).status == 201);
    check_same_response(refused, client.post("/v1/orders", one_tv, with_key));
    CHECK(client.post("/v1/orders", one_tv).status == 201);

    const Headers other_key{{"Idempotency-Key", "k-2"}};
    const auto again = client.post("/v1/products", tv, other_key);
    CHECK(again.status == 409);
    check_same_response(again, client.post("/v1/products", tv, other_key));
}

TEST_CASE("a malformed request does not use up its key") {
    RunningServer sillok;
    auto client = sillok.client();
    CHECK(client.post("/v1/products", {{"name", "TV"}}, with_key).status == 400);
    CHECK(client.post("/v1/products", tv, with_key).status == 201);
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
    const auto fingerprint = api::fingerprint_of("k", post, "/v1/orders", "{}");
    const KnownCommand known{.first = Position{5}, .events = 2, .receipt = api::receipt_of(response, fingerprint)};
    const auto replayed = api::replay(known, fingerprint);
    REQUIRE(replayed);
    CHECK(replayed->status == 201);
    CHECK(replayed->body == "{}");
    CHECK(replayed->position == Position{6});
    CHECK_FALSE(api::replay(known, api::fingerprint_of("k", post, "/v1/orders", "{ }")));
    CHECK_FALSE(api::replay(known, api::fingerprint_of("l", post, "/v1/orders", "{}")));
    CHECK_FALSE(api::replay({.first = {}, .events = 0, .receipt = "damaged"}, fingerprint));
}
