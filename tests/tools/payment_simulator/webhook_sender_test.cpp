#include "tools/payment_simulator/webhook_sender.hpp"

#include "tests/eventually.hpp"
#include "tests/scripted_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <string>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;

const WebhookSecrets secrets = *parse_webhook_secrets("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");
const ScriptedResponse accepts = answers(204, "");

// A scripted receiver, and a sender with short pauses that sends one message at a time.
struct WebhookFixture {
    explicit WebhookFixture(std::vector<ScriptedResponse> script,
                            const std::function<void(WebhookSenderOptions&)>& change = {})
        : receiver(std::move(script)), sender(clock, options(change)) {}

    WebhookSenderOptions options(const std::function<void(WebhookSenderOptions&)>& change) const {
        WebhookSenderOptions chosen{.to = {"127.0.0.1", std::to_string(receiver.port()), "/hook"}, .secrets = secrets};
        chosen.sending_max = 1;
        chosen.pause_first = 1ms;
        chosen.pause_max = 4ms;
        if (change) change(chosen);
        return chosen;
    }
    bool receives(std::size_t messages) const {
        return eventually(10s, std::to_string(messages) + " webhooks were received",
                          [&] { return receiver.received().size() >= messages; });
    }
    // Whether the next message received is one that is due after all further tries of the earlier ones.
    bool is_followed_by_marker() {
        const auto messages = receiver.received().size() + 1;
        sender.send("marker", "{}", 50ms);
        return receives(messages) && receiver.received()[messages - 1].webhook_id == "marker";
    }

    SystemClock clock;
    ScriptedServer receiver;
    WebhookSender sender;
};

TEST_CASE("a webhook is signed, and the receiver can verify it") {
    WebhookFixture fixture{{accepts}};
    fixture.sender.send("msg_1", R"({"type":"payment.voided"})", 0ms);
    REQUIRE(fixture.receives(1));
    const auto request = fixture.receiver.received().front();
    CHECK(request.method == "POST");
    CHECK(request.target == "/hook");
    CHECK(request.content_type == "application/json");
    CHECK(request.body == R"({"type":"payment.voided"})");
    CHECK(request.webhook_id == "msg_1");
    CHECK(verify_webhook(secrets, {request.webhook_id, request.webhook_timestamp, request.webhook_signature},
                         request.body, fixture.clock.now()));
}

TEST_CASE("a webhook is repeated under the same id until it is accepted") {
    WebhookFixture fixture{{answers(500, ""), hangs_up(), answers(429, "{}"), answers(302, ""), says("bananas\r\n\r\n"),
                            accepts, accepts}};
    fixture.sender.send("msg_1", "{}", 0ms);
    REQUIRE(fixture.receives(6));
    for (const auto& request : fixture.receiver.received()) CHECK(request.webhook_id == "msg_1");
    CHECK(fixture.is_followed_by_marker());
}

TEST_CASE("a refused webhook is not repeated") {
    WebhookFixture fixture{{answers(401, "{}"), accepts}};
    fixture.sender.send("msg_1", "{}", 0ms);
    REQUIRE(fixture.receives(1));
    CHECK(fixture.is_followed_by_marker());
}

TEST_CASE("a webhook is given up after its last try") {
    WebhookFixture fixture{{answers(503, ""), answers(503, ""), answers(503, ""), accepts},
                           [](auto& options) { options.tries_max = 3; }};
    fixture.sender.send("msg_1", "{}", 0ms);
    REQUIRE(fixture.receives(3));
    CHECK(fixture.is_followed_by_marker());
}

TEST_CASE("webhooks are not sent before their time, and share the connections") {
    WebhookFixture fixture{std::vector(20, accepts), [](auto& options) { options.sending_max = 2; }};
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) fixture.sender.send("msg_" + std::to_string(i), "{}", 50ms);
    REQUIRE(fixture.receives(20));
    CHECK(std::chrono::steady_clock::now() - begin >= 50ms);
    CHECK(fixture.receiver.connections() == 2);
}

TEST_CASE("webhooks beyond the limit are dropped") {
    WebhookFixture fixture{std::vector(20, accepts), [](auto& options) { options.waiting_max = 3; }};
    for (int i = 0; i < 20; ++i) fixture.sender.send("msg_" + std::to_string(i), "{}", 1s);
    REQUIRE(fixture.receives(3));
    CHECK(fixture.is_followed_by_marker());
}

TEST_CASE("a sender that is stopped waits for the webhooks in flight, up to its limit, and drops the others") {
    WebhookFixture fixture{{hangs()}, [](auto& options) { options.drain_timeout = 20ms; }};
    fixture.sender.send("msg_1", "{}", 0ms);
    fixture.sender.send("msg_2", "{}", 1h);
    REQUIRE(fixture.receives(1));
    fixture.sender.stop();
    fixture.sender.send("msg_3", "{}", 0ms);
    fixture.sender.stop();
    CHECK(fixture.receiver.received().size() == 1);
}

TEST_CASE("a sender whose receiver cannot be reached can be stopped") {
    WebhookFixture fixture{{}, [](auto& options) { options.to.port = "1"; }};
    fixture.sender.send("msg_1", "{}", 0ms);
    fixture.sender.stop();
    CHECK(fixture.receiver.received().empty());
}

}  // namespace
}  // namespace sillok
