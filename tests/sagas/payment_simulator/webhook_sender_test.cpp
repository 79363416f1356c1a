#include "sagas/payment_simulator/webhook_sender.hpp"

#include "tests/sagas/payment_simulator/scripted_server.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;

const WebhookSecrets secrets = *parse_webhook_secrets("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=");

// A receiver's script, and a sender that is in a hurry.
struct Post {
    explicit Post(std::vector<ScriptedResponse> script, const std::function<void(WebhookSenderOptions&)>& change = {})
        : receiver(std::move(script)), sender(clock, options(change)) {}

    WebhookSenderOptions options(const std::function<void(WebhookSenderOptions&)>& change) const {
        WebhookSenderOptions chosen{.to = {"127.0.0.1", std::to_string(receiver.port()), "/hook"}, .secrets = secrets};
        chosen.pause_first = 1ms;
        chosen.pause_most = 4ms;
        if (change) change(chosen);
        return chosen;
    }
    bool hears(std::size_t messages) const {
        for (const auto until = std::chrono::steady_clock::now() + 10s; std::chrono::steady_clock::now() < until;) {
            if (receiver.heard().size() >= messages) return true;
            std::this_thread::sleep_for(1ms);
        }
        return false;
    }

    SystemClock clock;
    ScriptedServer receiver;
    WebhookSender sender;
};

const ScriptedResponse taken = answers(204, "");

TEST_CASE("a message is sent with its headers, and the receiver can tell whose it is") {
    Post post{{taken}};
    post.sender.send("msg_1", R"({"type":"payment.voided"})", 0ms);
    REQUIRE(post.hears(1));
    const auto heard = post.receiver.heard().front();
    CHECK(heard.method == "POST");
    CHECK(heard.target == "/hook");
    CHECK(heard.content_type == "application/json");
    CHECK(heard.body == R"({"type":"payment.voided"})");
    CHECK(heard.webhook_id == "msg_1");
    CHECK(verify_webhook(secrets, {heard.webhook_id, heard.webhook_timestamp, heard.webhook_signature}, heard.body,
                         post.clock.now()));
}

TEST_CASE("a message is sent again until it is taken, under the same id") {
    Post post{
        {answers(500, ""), hangs_up(), answers(429, "{}"), answers(302, ""), says("bananas\r\n\r\n"), taken, taken}};
    post.sender.send("msg_1", "{}", 0ms);
    REQUIRE(post.hears(6));
    std::this_thread::sleep_for(30ms);
    CHECK(post.receiver.heard().size() == 6);
    for (const auto& heard : post.receiver.heard()) CHECK(heard.webhook_id == "msg_1");
}

TEST_CASE("a message that is refused is not sent again, nor one that was sent often enough") {
    Post refusing{{answers(401, "{}"), taken}};
    refusing.sender.send("msg_1", "{}", 0ms);
    REQUIRE(refusing.hears(1));
    Post failing{std::vector(10, answers(503, "")), [](auto& options) { options.tries_max = 3; }};
    failing.sender.send("msg_1", "{}", 0ms);
    REQUIRE(failing.hears(3));
    std::this_thread::sleep_for(30ms);
    CHECK(refusing.receiver.heard().size() == 1);
    CHECK(failing.receiver.heard().size() == 3);
}

TEST_CASE("messages wait for their time, and use the connections that there are") {
    Post post{std::vector(20, taken), [](auto& options) { options.sending_max = 2; }};
    const auto begun = std::chrono::steady_clock::now();
    for (int i = 0; i < 20; ++i) post.sender.send("msg_" + std::to_string(i), "{}", 50ms);
    REQUIRE(post.hears(20));
    CHECK(std::chrono::steady_clock::now() - begun >= 50ms);
    CHECK(post.receiver.connections() == 2);
}

TEST_CASE("beyond its room the sender drops messages instead of keeping them all") {
    Post post{std::vector(20, taken), [](auto& options) { options.waiting_max = 3; }};
    for (int i = 0; i < 20; ++i) post.sender.send("msg_" + std::to_string(i), "{}", 50ms);
    REQUIRE(post.hears(3));
    std::this_thread::sleep_for(30ms);
    CHECK(post.receiver.heard().size() == 3);
}

TEST_CASE("a sender that is stopped lets what is on its way arrive, for a while, and drops the rest") {
    Post silent{{hangs()}, [](auto& options) { options.drain_timeout = 20ms; }};
    silent.sender.send("msg_1", "{}", 0ms);
    silent.sender.send("msg_2", "{}", 1h);
    REQUIRE(silent.hears(1));
    silent.sender.stop();
    silent.sender.send("msg_3", "{}", 0ms);
    silent.sender.stop();
    CHECK(silent.receiver.heard().size() == 1);
    const auto nobody_there = [](auto& options) { options.to.port = "1"; };
    Post lost{{}, nobody_there};
    lost.sender.send("msg_1", "{}", 0ms);
    lost.sender.stop();
}

}  // namespace
}  // namespace sillok
