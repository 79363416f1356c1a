#include "sagas/payments/standard_webhook.hpp"

#include "eventstore/base/base64.hpp"

#include <doctest/doctest.h>
#include <spdlog/fmt/fmt.h>

#include <optional>
#include <string>

namespace sillok {
namespace {

constexpr std::string_view first_secret = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";
constexpr std::string_view second_secret = "whsec_YW5vdGhlciBrZXkgb2YgdHdlbnR5LWZvdXIgYnl0ZXMgb3Igc28=";

// Made with the openssl program:
//   printf '%s' 'msg_1.1700000000.{"type":"payment.authorised"}' | openssl dgst -sha256 -mac HMAC -macopt hexkey:...
const std::string body = R"({"type":"payment.authorised"})";
constexpr std::string_view first_signature = "v1,NWgRlMteO6gX3BoUNu1/+q+RdQhgJdf4ambe/GAoRek=";
constexpr std::string_view second_signature = "v1,6MA8mb2H3hQJD88G0vUoX0pzYs2Z7smvoTN+7jGuzRs=";
constexpr std::int64_t sent = 1'700'000'000;

WebhookSecrets secrets(std::string_view text) { return *parse_webhook_secrets(text); }
Timestamp at(std::int64_t seconds) { return Timestamp{seconds * 1'000}; }

struct Message {
    std::string id = "msg_1";
    std::string timestamp = "1700000000";
    std::string signature{first_signature};
    std::string content = body;

    [[nodiscard]] std::optional<WebhookError> refused_by(const WebhookSecrets& known, Timestamp now = at(sent)) const {
        const auto verified = verify_webhook(known, {id, timestamp, signature}, content, now);
        return verified ? std::nullopt : std::optional{verified.error()};
    }
    [[nodiscard]] std::optional<WebhookError> refused(Timestamp now = at(sent)) const {
        return refused_by(secrets(first_secret), now);
    }
};

TEST_CASE("a message is signed as the openssl program and the specification's own example sign it") {
    CHECK(secrets(first_secret).front().sign("msg_1", "1700000000", body) == first_signature);
    CHECK(secrets(second_secret).front().sign("msg_1", "1700000000", body) == second_signature);
    CHECK(secrets("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
              .front()
              .sign("msg_p5jXN8AQM9LWM0D4loKWxJek", "1614265330", R"({"test": 2432232314})") ==
          "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
}

TEST_CASE("a genuine message is accepted, with either secret during a rotation") {
    const auto old_one = secrets(first_secret);
    const auto new_one = secrets(second_secret);
    const auto both = secrets(fmt::format("{}\n {}", second_secret, first_secret));
    CHECK(both.size() == 2);
    Message message;
    CHECK_FALSE(message.refused_by(old_one));
    CHECK_FALSE(message.refused_by(both));
    CHECK(message.refused_by(new_one) == WebhookError::forged);
    const auto twice = signed_webhook(both, "msg_1", body, at(sent));
    CHECK(twice.timestamp == "1700000000");
    CHECK(twice.signature == fmt::format("{} {}", second_signature, first_signature));
    message.signature = twice.signature;
    CHECK_FALSE(message.refused_by(old_one));
    CHECK_FALSE(message.refused_by(new_one));
    message.signature = fmt::format("v1a,c29tZXRoaW5nIGVsc2U= v2 {}", first_signature);
    CHECK_FALSE(message.refused());
}

TEST_CASE("a message with any byte changed is forged") {
    Message message;
    const auto is_caught = [&message](std::string& part) {
        for (std::size_t i = 0; i < part.size(); ++i)
            for (const char change : {'\x01', '\x02', '\x10'}) {
                part[i] = static_cast<char>(part[i] ^ change);
                CAPTURE(part);
                CHECK(message.refused());
                part[i] = static_cast<char>(part[i] ^ change);
            }
        const auto whole = part;
        part.pop_back();
        CHECK(message.refused());
        part = whole + whole.back();
        CHECK(message.refused());
        part = whole;
        CHECK_FALSE(message.refused());
    };
    is_caught(message.id);
    is_caught(message.timestamp);
    is_caught(message.signature);
    is_caught(message.content);
    message.content.clear();
    CHECK(message.refused() == WebhookError::forged);
}

TEST_CASE("a secret with any bit changed makes another signature") {
    const auto key = *from_base64(first_secret.substr(6));
    for (std::size_t bit = 0; bit < key.size() * 8; ++bit) {
        auto other = key;
        other[bit / 8] = static_cast<char>(other[bit / 8] ^ 1 << bit % 8);
        CHECK(Message{}.refused_by(secrets("whsec_" + to_base64(other))) == WebhookError::forged);
    }
}

TEST_CASE("a message is accepted within five minutes of its timestamp") {
    const Message message;
    CHECK_FALSE(message.refused(at(sent + 300)));
    CHECK_FALSE(message.refused(at(sent - 300)));
    CHECK(message.refused(at(sent + 301)) == WebhookError::too_old);
    CHECK(message.refused(at(sent - 301)) == WebhookError::too_new);
    CHECK(message.refused(Timestamp{0}) == WebhookError::too_new);
    // A sender that cannot sign does not learn the time of this clock.
    Message forged;
    forged.content += " ";
    CHECK(forged.refused(at(sent + 301)) == WebhookError::forged);
}

TEST_CASE("a message with a missing or malformed header is incomplete") {
    const auto refused = [](Message message) { return message.refused() == WebhookError::incomplete; };
    CHECK(refused({.id = ""}));
    CHECK(refused({.id = "with space"}));
    CHECK(refused({.id = std::string(256, 'x')}));
    CHECK(refused({.signature = ""}));
    for (const auto* time : {"", "now", "-1", "+1", "1.5", " 1700000000", "1700000000 ", "9999999999999", "0x10"})
        CHECK(refused({.timestamp = time}));
}

TEST_CASE("a malformed signature is forged") {
    for (const auto* signature : {" ", "v1", "v1,", "v1,!", "NWgRlMteO6gX3BoUNu1/+q+RdQhgJdf4ambe/GAoRek=",
                                  "v1,NWgRlMteO6gX3BoUNu1/+q+RdQhgJdf4ambe/GAoRek", "v1;a v1:b"})
        CHECK(Message{.signature = signature}.refused() == WebhookError::forged);
    CHECK(Message{}.refused_by({}) == WebhookError::forged);
}

TEST_CASE("a secret is whsec_ and 24 to 64 bytes, and an error does not repeat it") {
    const auto of = [](std::size_t bytes) { return "whsec_" + to_base64(std::string(bytes, 'k')); };
    CHECK(WebhookSecret::parse(of(24)));
    CHECK(WebhookSecret::parse(of(64)));
    for (const auto& wrong : {of(23), of(65), std::string{"whsec_"}, std::string{}, std::string{"hunter2"},
                              of(24).substr(6), of(25) + "="}) {
        const auto secret = WebhookSecret::parse(wrong);
        REQUIRE_FALSE(secret);
        CHECK(secret.error() == "a webhook secret is whsec_ and the base64 of 24 to 64 bytes");
        CHECK_FALSE(parse_webhook_secrets(wrong));
        CHECK_FALSE(parse_webhook_secrets(of(24) + " " + (wrong.empty() ? "x" : wrong)));
    }
    CHECK(parse_webhook_secrets(" \n").error() == "there is no webhook secret in it");
}

}  // namespace
}  // namespace sillok
