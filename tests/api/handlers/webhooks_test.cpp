// POST /v1/webhooks/payments: who is believed, what is refused, and what becomes of the rest.
#include "tests/api/running_server.hpp"

#include "sagas/payments/payment_notice.hpp"
#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <thread>

using namespace sillok;
using namespace sillok::test;
using nlohmann::json;

namespace {

using namespace std::chrono_literals;

const std::string secret_text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const std::string next_secret_text = "whsec_YW5vdGhlciBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0ZXMgb3Igc28=";
const auto secrets = *parse_webhook_secrets(secret_text);

template <class Condition>
bool comes_true(Condition&& condition) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) return false;
        std::this_thread::sleep_for(5ms);
    }
    return true;
}

// A provider that books everything, and whose answers nobody lives to see.
BackendOptions forgetful(std::optional<std::filesystem::path> data = {}) {
    return {.data = std::move(data), .payments = *parse_payments("simulator:forget=1,patience-ms=3600000")};
}
api::ServerOptions knowing(const std::string& text) { return {.payments_webhook = *parse_webhook_secrets(text)}; }

// A server whose order o1 of 300 EUR waits for the provider's answer.
struct Waiting {
    explicit Waiting(BackendOptions options = forgetful(), const std::string& text = secret_text)
        : sillok(std::move(options), knowing(text)) {}

    void order() {
        REQUIRE(client
                    .post("/v1/products",
                          {{"productId", "tv"}, {"name", "TV"}, {"price", {{"amount", 100}, {"currency", "EUR"}}}})
                    .status == 201);
        REQUIRE(client.post("/v1/products/tv/stock-receipts", {{"quantity", 10}}).status == 201);
        const json body{{"orderId", "o1"}, {"productId", "tv"}, {"quantity", 3}, {"customerId", "kim"}};
        REQUIRE(client.post("/v1/orders", body).status == 201);
        REQUIRE(comes_true([&] { return order_shown().value("paymentState", json{}) == "requested"; }));
    }
    // The key of the call that a step makes, once it is made.
    Uuid key_of(const std::string& step) {
        std::optional<Uuid> key;
        REQUIRE(comes_true([&] {
            const auto saga = client.get("/v1/admin/sagas/fulfilment-o1");
            if (saga.status != 200) return false;
            const auto steps = saga.json().at("steps");
            for (const auto& one : steps)
                if (one.at("step") == step) key = Uuid::parse(one.at("commandId").get<std::string>());
            return key.has_value();
        }));
        return *key;
    }
    json order_shown() { return client.get("/v1/orders/o1").json(); }
    json saga() { return client.get("/v1/admin/sagas/fulfilment-o1").json(); }
    bool becomes(const std::string& state) {
        return comes_true([&] { return order_shown().value("state", "") == state; });
    }
    // What is booked for the order's authorisation.
    ProviderOperation authorised(bool declined = false) {
        const auto key = key_of("authorise");
        return {.type = ProviderOperation::Type::authorise,
                .key = key,
                .order = OrderId{"o1"},
                .customer = CustomerId{"kim"},
                .amount = {300, {{'E', 'U', 'R'}}},
                .reference = key.text(),
                .declined = declined ? std::optional<std::string>{"card expired"} : std::nullopt};
    }
    Timestamp now() { return sillok.backend().clock.now(); }
    std::string text_of(const ProviderOperation& operation) { return payment_notice(operation, now()); }

    Reply send(const std::string& body, const std::string& id, const WebhookSecrets& with = secrets,
               std::chrono::seconds later = 0s, const std::function<void(Headers&)>& change = {}) {
        const auto sealed =
            signed_webhook(with, id, body, Timestamp{now().value + std::chrono::milliseconds{later}.count()});
        Headers headers{{"Content-Type", "application/json"},
                        {"webhook-id", sealed.id},
                        {"webhook-timestamp", sealed.timestamp},
                        {"webhook-signature", sealed.signature}};
        if (change) change(headers);
        return client.send("POST", "/v1/webhooks/payments", body, headers);
    }

    RunningServer sillok;
    HttpClient client = sillok.client();
};

void without(Headers& headers, const std::string& name) {
    std::erase_if(headers, [&](const auto& header) { return header.first == name; });
}

}  // namespace

TEST_CASE("an order is confirmed by the provider's own word, and the saga tells who said so") {
    Waiting shop;
    shop.order();
    const auto answer = shop.send(shop.text_of(shop.authorised()), "msg_1");
    CHECK(answer.status == 200);
    CHECK(answer.json().at("effect") == "settled");
    CHECK(answer.json().at("orderId") == "o1");
    CHECK(answer.json().at("saga") == "fulfilment-o1");
    CHECK_FALSE(answer.header("sillok-position").empty());
    REQUIRE(shop.becomes("confirmed"));
    const auto trail = shop.client.get("/v1/events?category=saga&limit=500").json();
    bool told = false;
    for (const auto& event : trail.at("items"))
        told = told || (event.value("actor", "") == "payment-provider" && event.value("type", "") == "saga.settled");
    CHECK(told);
}

TEST_CASE("a message that comes again gets the first answer again, also after a restart, and counts once") {
    const TemporaryDirectory directory;
    const auto data = directory.path() / "data";
    std::string body;
    Reply first;
    {
        Waiting shop{forgetful(data)};
        shop.order();
        body = shop.text_of(shop.authorised());
        first = shop.send(body, "msg_1");
        REQUIRE(first.status == 200);
        const auto again = shop.send(body, "msg_1", secrets, 1s);  // signed anew, as another attempt is
        CHECK(again.body == first.body);
        CHECK(again.header("idempotent-replayed") == "true");
        CHECK(again.header("sillok-position") == first.header("sillok-position"));
        CHECK(shop.send(body + " ", "msg_1").code() == "idempotency-key-reused");
    }
    Waiting shop{forgetful(data)};
    const auto again = shop.send(body, "msg_1");
    CHECK(again.status == 200);
    CHECK(again.body == first.body);
    REQUIRE(shop.becomes("confirmed"));
    CHECK(shop.saga().at("ignored") == 0);
    // Under another name it is another message.
    const auto late = shop.send(body, "msg_2");
    CHECK(late.status == 200);
    CHECK(late.json().at("effect") == "ignored");
    CHECK(late.json().at("reason") == "the outcome is known already");
    CHECK(comes_true([&] { return shop.saga().value("ignored", 0) == 1; }));
}

TEST_CASE("who does not sign as the provider does is not believed, and nothing comes of it") {
    Waiting shop;
    shop.order();
    const auto body = shop.text_of(shop.authorised());
    const auto head = shop.sillok.backend().store.head();
    const auto is = [](const Reply& reply, unsigned status, const std::string& code) {
        CAPTURE(reply.body);
        CHECK(reply.status == status);
        CHECK(reply.code() == code);
        CHECK(reply.header("content-type") == "application/problem+json");
        CHECK(reply.header("www-authenticate").empty() == (status != 401));
    };
    for (const auto* name : {"webhook-id", "webhook-timestamp", "webhook-signature"})
        is(shop.send(body, "msg_1", secrets, 0s, [&](Headers& headers) { without(headers, name); }), 400,
           "webhook-incomplete");
    is(shop.send(body, "msg_1", *parse_webhook_secrets(next_secret_text)), 401, "webhook-forged");
    is(shop.send(body, "msg_1", secrets, 0s,
                 [](Headers& headers) {
                     without(headers, "webhook-id");
                     headers.emplace_back("webhook-id", "msg_2");
                 }),
       401, "webhook-forged");
    is(shop.send(body, "msg_1", secrets, -310s), 401, "webhook-too-old");
    is(shop.send(body, "msg_1", secrets, 310s), 401, "webhook-too-new");
    is(shop.client.post("/v1/webhooks/payments", json::parse(body)), 400, "webhook-incomplete");
    is(shop.client.post("/v1/webhooks/payments", json::parse(body), {{"Authorization", "Bearer x"}}), 400,
       "webhook-incomplete");
    CHECK(shop.sillok.backend().store.head() == head);
    CHECK(shop.send(body, "msg_1", secrets, -290s).status == 200);
    REQUIRE(shop.becomes("confirmed"));
}

TEST_CASE("while secrets are being changed either signature will do") {
    Waiting shop{forgetful(), secret_text + " " + next_secret_text};
    shop.order();
    CHECK(shop.send(shop.text_of(shop.authorised()), "msg_1", *parse_webhook_secrets(next_secret_text)).status == 200);
    CHECK(shop.send(shop.text_of(shop.authorised()), "msg_2").status == 200);
}

TEST_CASE("a server that knows no secret has nothing to listen to") {
    RunningServer sillok;
    const auto reply = sillok.client().post("/v1/webhooks/payments", json::object());
    CHECK(reply.status == 404);
    CHECK(reply.code() == "webhooks-not-configured");
    CHECK(sillok.client().get("/v1/webhooks/payments").status == 405);
}

TEST_CASE("a genuine message that makes no sense is refused by name, has no effect, and may be sent again") {
    Waiting shop;
    shop.order();
    const auto told = shop.authorised();
    const auto head = shop.sillok.backend().store.head();
    const auto refused = [&](const std::string& body, unsigned status, const std::string& code,
                             const std::string& pointer = {}) {
        CAPTURE(body);
        const auto reply = shop.send(body, "msg_1");
        CHECK(reply.status == status);
        CHECK(reply.code() == code);
        if (!pointer.empty()) CHECK(reply.json().at("errors").at(0).at("pointer") == pointer);
    };
    const auto with = [&](auto change) {
        auto other = told;
        change(other);
        return shop.text_of(other);
    };
    for (const auto* body : {"", "bananas", "{", "{\"type\":", "\xff", "{} {}"}) refused(body, 400, "malformed-json");
    refused("[]", 400, "invalid-body", "");
    refused("{}", 400, "invalid-body", "/timestamp");
    refused(R"({"type":"payment.authorised","timestamp":"2026-11-20T18:36:20Z","data":{}})", 400, "invalid-body",
            "/data");
    refused(R"({"type":"a","type":"b"})", 400, "invalid-body", "/type");
    auto misnamed = json::parse(shop.text_of(told));
    misnamed["type"] = "payment.declined";
    refused(misnamed.dump(), 400, "invalid-body", "/type");

    refused(with([](auto& operation) { operation.order = OrderId{"o2"}; }), 404, "payment-unknown", "/data/key");
    refused(with([](auto& operation) { operation.key = uuid_v5({}, "?"); }), 404, "payment-unknown", "/data/key");
    refused(with([](auto& operation) { operation.amount.amount = 301; }), 422, "payment-differs",
            "/data/amount/amount");
    refused(with([](auto& operation) { operation.amount.currency = {{'K', 'R', 'W'}}; }), 422, "payment-differs",
            "/data/amount/currency");
    refused(with([](auto& operation) { operation.customer = CustomerId{"lee"}; }), 422, "payment-differs",
            "/data/customerId");
    refused(with([](auto& operation) { operation.type = ProviderOperation::Type::refund; }), 422, "payment-differs",
            "/data/operation");
    CHECK(shop.sillok.backend().store.head() == head);
    const auto other_type = shop.send(shop.text_of(told), "msg_1", secrets, 0s, [](Headers& headers) {
        without(headers, "Content-Type");
        headers.emplace_back("Content-Type", "text/plain");
    });
    CHECK(other_type.status == 415);

    CHECK(shop.send(shop.text_of(told), "msg_1").status == 200);
    REQUIRE(shop.becomes("confirmed"));
    refused(with([](auto& operation) { operation.reference = "another"; }), 422, "idempotency-key-reused");
}

TEST_CASE("a provider that contradicts itself is written down, and changes nothing") {
    Waiting shop;
    shop.order();
    REQUIRE(shop.send(shop.text_of(shop.authorised()), "msg_1").status == 200);
    REQUIRE(shop.becomes("confirmed"));
    const auto declined = shop.send(shop.text_of(shop.authorised(true)), "msg_2");
    CHECK(declined.status == 200);
    CHECK(declined.json().at("effect") == "ignored");
    CHECK(declined.json().at("reason") == "the outcome is known already, and is another one");
    const auto other = [&] {
        auto operation = shop.authorised();
        operation.reference = "another";
        return shop.send(shop.text_of(operation), "msg_3");
    }();
    CHECK(other.code() == "payment-differs");
    CHECK(other.json().at("errors").at(0).at("pointer") == "/data/reference");
    CHECK(comes_true([&] { return shop.saga().value("ignored", 0) == 1; }));
    CHECK(shop.order_shown().at("paymentState") == "authorised");
}
