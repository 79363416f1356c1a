// Signed webhooks as defined by standardwebhooks.com, for the sender and for the receiver. The signature is an
// HMAC-SHA256 over "{id}.{timestamp}.{body}" with a shared secret.
//
//   webhook-id         the message's name; the same in every delivery
//   webhook-timestamp  when this delivery was sent: seconds since 1970
//   webhook-signature  "v1,<base64>"; several, separated by spaces, while secrets are rotated. Other versions are
//                      ignored.
//   secret             "whsec_<base64>" of 24 to 64 bytes
//
// Pure: no clock, no I/O.
#pragma once

#include "eventstore/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

class WebhookSecret {
   public:
    // The error is a sentence. It does not repeat the text.
    static std::expected<WebhookSecret, std::string> parse(std::string_view text);

    // Returns "v1,<base64>".
    [[nodiscard]] std::string sign(std::string_view id, std::string_view timestamp, std::string_view body) const;

   private:
    explicit WebhookSecret(std::string_view key) : key_(key.begin(), key.end()) {}

    std::vector<unsigned char> key_;
};

// All are valid at the same time: two while secrets are rotated.
using WebhookSecrets = std::vector<WebhookSecret>;
// Parses at least one secret, separated by white space. The error is a sentence.
std::expected<WebhookSecrets, std::string> parse_webhook_secrets(std::string_view text);

// The headers of a received message; a missing header is empty.
struct WebhookHeaders {
    std::string_view id;
    std::string_view timestamp;
    std::string_view signature;
};

// The headers of a message to send.
struct SignedWebhook {
    std::string id;
    std::string timestamp;
    std::string signature;
};
// Signs with every secret.
SignedWebhook signed_webhook(std::span<const WebhookSecret> secrets, std::string id, std::string_view body,
                             Timestamp now);

// Accept timestamps within 5 minutes: clocks differ, and an old message must not be replayed.
constexpr std::chrono::minutes webhook_tolerance{5};

enum class WebhookError : std::uint8_t {
    incomplete,  // a header is missing or malformed
    forged,      // no signature matches any of the secrets
    too_old,
    too_new,
};
// Checks signature and timestamp. Takes the same time for every wrong signature.
std::expected<void, WebhookError> verify_webhook(std::span<const WebhookSecret> secrets, const WebhookHeaders& headers,
                                                 std::string_view body, Timestamp now);

}  // namespace sillok
