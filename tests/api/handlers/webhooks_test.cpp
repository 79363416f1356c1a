// POST /v1/webhooks/payments: authentication, refusals, and the effect on sagas.
#include "tests/api/offer.hpp"
#include "tests/api/running_server.hpp"
#include "tests/eventually.hpp"

#include "sagas/payments/payment_notice.hpp"
#include "tests/temporary_directory.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <string>

using namespace sillok;
using namespace sillok::test;
using nlohmann::json;

namespace {

using namespace std::chrono_literals;

const std::string secret_text = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
const std::string next_secret_text = "whsec_YW5vdGhlciBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0ZXMgb3Igc28=";
const auto secrets = *parse_webhook_secrets(secret_text);

// The provider executes every call, but its responses do not arrive.
BackendOptions without_responses(std::optional<std::filesystem::path> data = {}) {
    return {.data = std::move(data), .payments = *parse_payments("simulator:forget=1,patience-ms=3600000")};
}
api::ServerOptions with_secrets(const std::string& text) { return {.payments_webhook = *parse_webhook_secrets(text)}; }

// Order o1 of 300 EUR waits for the provider's response.
struct WebhookFixture {
    explicit WebhookFixture(BackendOptions options = without_responses(), const std::string& text = secret_text)
        : sillok(std::move(options), with_secrets(text)) {}

    void order() {
        offer(client, 10, {{"amount", 100}, {"currency", "EUR"}});
        const json body{{"orderId", "o1"}, {"productId", "tv"}, {"quantity", 3}, {"customerId", "kim"}};
        REQUIRE(client.post("/v1/orders", body).status == 201);
        REQUIRE(eventually(20s, "the payment is requested",
                           [&] { return order_shown().value("paymentState", json{}) == "requested"; }));
    }
    // The key of the call that a step makes, once it is made.
    Uuid key_of(const std::string& step) {
        std::optional<Uuid> key;
        REQUIRE(eventually(20s, "step " + step + " has a command", [&] {
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
        return eventually(20s, "the order is " + state, [&] { return order_shown().value("state", "") == state; });
    }
    // What is posted for the order's authorisation.
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

TEST_CASE("a provider's message confirms an order, and the event names the provider") {
    WebhookFixture fixture;
    fixture.order();
    const auto reply = fixture.send(fixture.text_of(fixture.authorised()), "msg_1");
    CHECK(reply.status == 200);
    CHECK(reply.json().at("effect") == "settled");
    CHECK(reply.json().at("orderId") == "o1");
    CHECK(reply.json().at("saga") == "fulfilment-o1");
    CHECK_FALSE(reply.header("sillok-position").empty());
    REQUIRE(fixture.becomes("confirmed"));
    const auto trail = fixture.client.get("/v1/events?category=saga&limit=500").json();
    bool recorded = false;
    for (const auto& event : trail.at("items"))
        recorded =
            recorded || (event.value("actor", "") == "payment-provider" && event.value("type", "") == "saga.settled");
    CHECK(recorded);
}

TEST_CASE("a repeated message gets the first response, also after a restart, and has one effect") {
    const TemporaryDirectory directory;
    const auto data = directory.path() / "data";
    std::string body;
    Reply first;
    {
        WebhookFixture fixture{without_responses(data)};
        fixture.order();
        body = fixture.text_of(fixture.authorised());
        first = fixture.send(body, "msg_1");
        REQUIRE(first.status == 200);
        const auto again = fixture.send(body, "msg_1", secrets, 1s);  // signed again, as for another attempt
        CHECK(again.body == first.body);
        CHECK(again.header("idempotent-replayed") == "true");
        CHECK(again.header("sillok-position") == first.header("sillok-position"));
        CHECK(fixture.send(body + " ", "msg_1").code() == "idempotency-key-reused");
    }
    WebhookFixture fixture{without_responses(data)};
    const auto again = fixture.send(body, "msg_1");
    CHECK(again.status == 200);
    CHECK(again.body == first.body);
    REQUIRE(fixture.becomes("confirmed"));
    CHECK(fixture.saga().at("ignored") == 0);
    // With another id it is another message.
    const auto late = fixture.send(body, "msg_2");
    CHECK(late.status == 200);
    CHECK(late.json().at("effect") == "ignored");
    CHECK(late.json().at("reason") == "the outcome is known already");
    CHECK(eventually(20s, "a message is counted as ignored", [&] { return fixture.saga().value("ignored", 0) == 1; }));
}

TEST_CASE("a message without a valid signature is refused and has no effect") {
    WebhookFixture fixture;
    fixture.order();
    const auto body = fixture.text_of(fixture.authorised());
    const auto head = fixture.sillok.backend().store.head();
    const auto is = [](const Reply& reply, unsigned status, const std::string& code) {
        CAPTURE(reply.body);
        CHECK(reply.status == status);
        CHECK(reply.code() == code);
        CHECK(reply.header("content-type") == "application/problem+json");
        CHECK(reply.header("www-authenticate").empty() == (status != 401));
    };
    for (const auto* name : {"webhook-id", "webhook-timestamp", "webhook-signature"})
        is(fixture.send(body, "msg_1", secrets, 0s, [&](Headers& headers) { without(headers, name); }), 400,
           "webhook-incomplete");
    is(fixture.send(body, "msg_1", *parse_webhook_secrets(next_secret_text)), 401, "webhook-forged");
    is(fixture.send(body, "msg_1", secrets, 0s,
                    [](Headers& headers) {
                        without(headers, "webhook-id");
                        headers.emplace_back("webhook-id", "msg_2");
                    }),
       401, "webhook-forged");
    is(fixture.send(body, "msg_1", secrets, -310s), 401, "webhook-too-old");
    is(fixture.send(body, "msg_1", secrets, 310s), 401, "webhook-too-new");
    is(fixture.client.post("/v1/webhooks/payments", json::parse(body)), 400, "webhook-incomplete");
    is(fixture.client.post("/v1/webhooks/payments", json::parse(body), {{"Authorization", "Bearer x"}}), 400,
       "webhook-incomplete");
    CHECK(fixture.sillok.backend().store.head() == head);
    CHECK(fixture.send(body, "msg_1", secrets, -290s).status == 200);
    REQUIRE(fixture.becomes("confirmed"));
}

TEST_CASE("while secrets are changed, both signatures are accepted") {
    WebhookFixture fixture{without_responses(), secret_text + " " + next_secret_text};
    fixture.order();
    CHECK(
        fixture.send(fixture.text_of(fixture.authorised()), "msg_1", *parse_webhook_secrets(next_secret_text)).status ==
        200);
    CHECK(fixture.send(fixture.text_of(fixture.authorised()), "msg_2").status == 200);
}

TEST_CASE("a server without a secret has no webhook") {
    RunningServer sillok;
    const auto reply = sillok.client().post("/v1/webhooks/payments", json::object());
    CHECK(reply.status == 404);
    CHECK(reply.code() == "webhooks-not-configured");
    CHECK(sillok.client().get("/v1/webhooks/payments").status == 405);
}

TEST_CASE("an invalid message is refused with its own code, has no effect, and may be sent again") {
    WebhookFixture fixture;
    fixture.order();
    const auto authorised = fixture.authorised();
    const auto head = fixture.sillok.backend().store.head();
    const auto refused = [&](const std::string& body, unsigned status, const std::string& code,
                             const std::string& pointer = {}) {
        CAPTURE(body);
        const auto reply = fixture.send(body, "msg_1");
        CHECK(reply.status == status);
        CHECK(reply.code() == code);
        if (!pointer.empty()) CHECK(reply.json().at("errors").at(0).at("pointer") == pointer);
    };
    const auto with = [&](auto change) {
        auto other = authorised;
        change(other);
        return fixture.text_of(other);
    };
    for (const auto* body : {"", "bananas", "{", "{\"type\":", "\xff", "{} {}"}) refused(body, 400, "malformed-json");
    refused("[]", 400, "invalid-body", "");
    refused("{}", 400, "invalid-body", "/timestamp");
    refused(R"({"type":"payment.authorised","timestamp":"2026-11-20T18:36:20Z","data":{}})", 400, "invalid-body",
            "/data");
    refused(R"({"type":"a","type":"b"})", 400, "invalid-body", "/type");
    auto misnamed = json::parse(fixture.text_of(authorised));
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
    CHECK(fixture.sillok.backend().store.head() == head);
    const auto other_type = fixture.send(fixture.text_of(authorised), "msg_1", secrets, 0s, [](Headers& headers) {
        without(headers, "Content-Type");
        headers.emplace_back("Content-Type", "text/plain");
    });
    CHECK(other_type.status == 415);

    CHECK(fixture.send(fixture.text_of(authorised), "msg_1").status == 200);
    REQUIRE(fixture.becomes("confirmed"));
    refused(with([](auto& operation) { operation.reference = "another"; }), 422, "idempotency-key-reused");
}

TEST_CASE("a contradiction of the provider is recorded, and changes nothing") {
    WebhookFixture fixture;
    fixture.order();
    REQUIRE(fixture.send(fixture.text_of(fixture.authorised()), "msg_1").status == 200);
    REQUIRE(fixture.becomes("confirmed"));
    const auto declined = fixture.send(fixture.text_of(fixture.authorised(true)), "msg_2");
    CHECK(declined.status == 200);
    CHECK(declined.json().at("effect") == "ignored");
    CHECK(declined.json().at("reason") == "the outcome is known already, and is another one");
    const auto other = [&] {
        auto operation = fixture.authorised();
        operation.reference = "another";
        return fixture.send(fixture.text_of(operation), "msg_3");
    }();
    CHECK(other.code() == "payment-differs");
    CHECK(other.json().at("errors").at(0).at("pointer") == "/data/reference");
    CHECK(eventually(20s, "a message is counted as ignored", [&] { return fixture.saga().value("ignored", 0) == 1; }));
    CHECK(fixture.order_shown().at("paymentState") == "authorised");
}
