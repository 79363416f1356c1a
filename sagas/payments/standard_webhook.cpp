#include "sagas/payments/standard_webhook.hpp"

#include "eventstore/base/base64.hpp"
#include "eventstore/base/parse_number.hpp"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <array>
#include <optional>
#include <stdexcept>
#include <utility>

namespace sillok {
namespace {

constexpr std::string_view secret_prefix = "whsec_";
constexpr std::string_view version = "v1,";
constexpr std::size_t key_bytes_min = 24;
constexpr std::size_t key_bytes_max = 64;
constexpr std::size_t id_length_max = 255;
constexpr std::size_t digits_max = 12;  // seconds for the next 30,000 years
constexpr std::string_view spaces = " \t\r\n";

// Removes the next piece of `text` up to white space and returns it; empty: there is none left.
std::string_view next_piece(std::string_view& text) {
    text.remove_prefix(std::min(text.find_first_not_of(spaces), text.size()));
    const auto piece = text.substr(0, text.find_first_of(spaces));
    text.remove_prefix(piece.size());
    return piece;
}

bool is_id(std::string_view id) {
    const auto is_printable = [](char c) { return c > ' ' && c < '\x7f'; };
    return !id.empty() && id.size() <= id_length_max && std::ranges::all_of(id, is_printable);
}

std::optional<std::int64_t> seconds_in(std::string_view digits) {
    if (digits.empty() || digits.size() > digits_max || digits.front() == '-') return std::nullopt;
    return parse_number<std::int64_t>(digits);
}

std::int64_t seconds_of(Timestamp now) { return now.value / 1'000; }

bool is_same(std::string_view one, std::string_view other) {
    return one.size() == other.size() && CRYPTO_memcmp(one.data(), other.data(), one.size()) == 0;
}

// Compares every pair, so that the time does not show how close a wrong signature was.
bool is_signed(std::span<const WebhookSecret> secrets, const WebhookHeaders& headers, std::string_view body) {
    bool genuine = false;
    for (const auto& secret : secrets) {
        const auto expected = secret.sign(headers.id, headers.timestamp, body);
        auto given = headers.signature;
        for (auto signature = next_piece(given); !signature.empty(); signature = next_piece(given))
            if (is_same(signature, expected)) genuine = true;
    }
    return genuine;
}

}  // namespace

std::expected<WebhookSecret, std::string> WebhookSecret::parse(std::string_view text) {
    constexpr auto what = "a webhook secret is whsec_ and the base64 of 24 to 64 bytes";
    if (!text.starts_with(secret_prefix)) return std::unexpected(what);
    const auto key = from_base64(text.substr(secret_prefix.size()));
    if (!key || key->size() < key_bytes_min || key->size() > key_bytes_max) return std::unexpected(what);
    return WebhookSecret{*key};
}

std::string WebhookSecret::sign(std::string_view id, std::string_view timestamp, std::string_view body) const {
    std::string content;
    content.reserve(id.size() + timestamp.size() + body.size() + 2);
    content.append(id).append(".").append(timestamp).append(".").append(body);
    std::array<unsigned char, EVP_MAX_MD_SIZE> code{};
    unsigned length = 0;
    if (HMAC(EVP_sha256(), key_.data(), static_cast<int>(key_.size()),
             reinterpret_cast<const unsigned char*>(content.data()), content.size(), code.data(), &length) == nullptr)
        throw std::runtime_error("HMAC failed");
    return std::string{version} + to_base64({reinterpret_cast<const char*>(code.data()), length});
}

std::expected<WebhookSecrets, std::string> parse_webhook_secrets(std::string_view text) {
    WebhookSecrets secrets;
    for (auto piece = next_piece(text); !piece.empty(); piece = next_piece(text)) {
        auto secret = WebhookSecret::parse(piece);
        if (!secret) return std::unexpected(std::move(secret.error()));
        secrets.push_back(*std::move(secret));
    }
    if (secrets.empty()) return std::unexpected("there is no webhook secret in it");
    return secrets;
}

SignedWebhook signed_webhook(std::span<const WebhookSecret> secrets, std::string id, std::string_view body,
                             Timestamp now) {
    SignedWebhook message{std::move(id), std::to_string(seconds_of(now)), {}};
    for (const auto& secret : secrets) {
        if (!message.signature.empty()) message.signature += ' ';
        message.signature += secret.sign(message.id, message.timestamp, body);
    }
    return message;
}

std::expected<void, WebhookError> verify_webhook(std::span<const WebhookSecret> secrets, const WebhookHeaders& headers,
                                                 std::string_view body, Timestamp now) {
    const auto sent = seconds_in(headers.timestamp);
    if (!is_id(headers.id) || !sent || headers.signature.empty()) return std::unexpected(WebhookError::incomplete);
    if (!is_signed(secrets, headers, body)) return std::unexpected(WebhookError::forged);
    constexpr std::int64_t tolerance = std::chrono::seconds{webhook_tolerance}.count();
    if (*sent < seconds_of(now) - tolerance) return std::unexpected(WebhookError::too_old);
    if (*sent > seconds_of(now) + tolerance) return std::unexpected(WebhookError::too_new);
    return {};
}

}  // namespace sillok
