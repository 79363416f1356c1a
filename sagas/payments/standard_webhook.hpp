// Messages from another system that prove whose they are, as standardwebhooks.com has it: an HMAC-SHA256 over
// "{id}.{timestamp}.{body}" with a secret that both sides know. For whoever sends and for whoever receives. Pure.
//
//   webhook-id         the message's name, the same however often it is sent
//   webhook-timestamp  when it was sent this time: seconds since 1970
//   webhook-signature  "v1,<base64>"; several with a space between them, while secrets are being changed. Signatures of
//                      other versions are passed over.
//   secret             "whsec_<base64>" of 24 to 64 bytes
#pragma once

#include "eventstore/base/clock.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

class WebhookSecret {
   public:
    // The error is a sentence, and does not repeat what was given.
    static std::expected<WebhookSecret, std::string> parse(std::string_view text);

    // "v1,<base64>".
    [[nodiscard]] std::string sign(std::string_view id, std::string_view timestamp, std::string_view body) const;

   private:
    explicit WebhookSecret(std::string_view key) : key_(key.begin(), key.end()) {}

    std::vector<unsigned char> key_;
};

// Each of them is as good as the others: while a secret is being changed there are two.
using WebhookSecrets = std::vector<WebhookSecret>;
// Secrets with spaces or line ends between them, at least one.
std::expected<WebhookSecrets, std::string> parse_webhook_secrets(std::string_view text);

// How a message is signed, as its headers say it; an absent header is empty.
struct WebhookHeaders {
    std::string_view id;
    std::string_view timestamp;
    std::string_view signature;
};

// A message's headers as they are sent; signed with every secret.
struct SignedWebhook {
    std::string id;
    std::string timestamp;
    std::string signature;
};
SignedWebhook signed_webhook(std::span<const WebhookSecret> secrets, std::string id, std::string_view body,
                             Timestamp now);

// A message is as good as its signature for so long, before and after the time that it names: clocks differ, and who
// has overheard one cannot send it again later.
constexpr std::chrono::minutes webhook_tolerance{5};

enum class WebhookRefusal : std::uint8_t {
    incomplete,  // a header is missing, or is not as it must be
    forged,      // no signature fits any of the secrets
    too_old,
    too_new,
};
// Why the message is not to be believed; nothing where it is. Takes as long for any signature that is wrong.
std::optional<WebhookRefusal> refusal_of(std::span<const WebhookSecret> secrets, const WebhookHeaders& headers,
                                         std::string_view body, Timestamp now);

}  // namespace sillok
