#include "sagas/payments/provider_answer.hpp"

#include "aggregates/codec/json_text.hpp"
#include "eventstore/base/parse_number.hpp"
#include "sagas/payments/money_json.hpp"
#include "sagas/payments/provider_operation.hpp"
#include "sagas/payments/provider_reason.hpp"

#include <spdlog/fmt/fmt.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <ctime>
#include <optional>
#include <string>
#include <utility>

namespace sillok {
namespace {

using nlohmann::json;
using provider::Unknown;
using Cause = Unknown::Cause;

// The request itself is refused: the provider has looked at it, and sent again it gets the same answer. Every other 4xx
// may be a wrong address, a wrong password or a call in progress, which is no decision about the customer's payment.
// A page for people proves nothing: it may come from something in between.
constexpr std::array definite_refusals{400u, 402u, 410u, 422u, 451u};
constexpr std::array not_now{408u, 425u, 429u};

bool is_one_of(const auto& statuses, unsigned status) { return std::ranges::find(statuses, status) != statuses.end(); }
bool is_client_error(unsigned status) { return status >= 400 && status < 500; }

std::chrono::milliseconds retry_after_in(std::string_view header, Timestamp now) {
    std::chrono::milliseconds wait{0};
    if (const auto seconds = parse_number<std::int64_t>(header)) {
        wait =
            std::chrono::seconds{std::clamp<std::int64_t>(*seconds, 0, std::chrono::seconds{retry_after_max}.count())};
    } else {
        std::tm date{};
        const auto* end = ::strptime(std::string{header}.c_str(), "%a, %d %b %Y %H:%M:%S GMT", &date);
        if (end != nullptr) wait = std::chrono::milliseconds{std::int64_t{::timegm(&date)} * 1'000 - now.value};
    }
    return std::clamp<std::chrono::milliseconds>(wait, std::chrono::milliseconds{0}, retry_after_max);
}

// Ours is "reason"; the others are what problem+json and other providers call it.
std::string reason_in(const json& body) {
    if (!body.is_object()) return {};
    for (const auto* field : {"reason", "detail", "message", "title", "error"})
        if (auto reason = text_in(body, field); !reason.empty()) return provider_reason(reason);
    return {};
}

// {"orderId": "o-1", "amount": {"amount": 100, "currency": "KRW"}}; an amount without a currency is compared, too.
provider::Echo echo_in(const json& body) {
    provider::Echo echo;
    const auto text = [&echo](const json& object, const char* field) -> std::optional<std::string> {
        const auto found = object.find(field);
        if (found == object.end()) return std::nullopt;
        echo.unreadable |= !found->is_string();
        return found->is_string() ? std::optional{found->get<std::string>()} : std::nullopt;
    };
    echo.order = text(body, "orderId");
    const auto amount = body.find("amount");
    const bool is_money = amount != body.end() && amount->is_object();
    if (amount != body.end()) {
        echo.amount = amount_in(is_money ? *amount : body, "amount");
        echo.unreadable |= !echo.amount;
    }
    echo.currency = text(is_money ? *amount : body, "currency");
    return echo;
}

// Approved, declined or not received, in the protocol's own words.
std::optional<ProviderResponse> outcome_in(unsigned status, const json& body, ProviderAsked asked) {
    const auto outcome = text_in(body, "status");
    const bool is_ok = status == 200 || status == 201;
    const bool is_query = asked == ProviderAsked::for_outcome;
    if (is_ok && outcome == "approved") {
        auto reference = text_in(body, "reference");
        if (!reference.empty() && reference.size() <= reference_bytes_max)
            return provider::Approved{std::move(reference), echo_in(body)};
    }
    const bool may_decline = is_query ? is_ok : is_client_error(status) && !is_one_of(not_now, status);
    if (may_decline && outcome == "declined") return provider::Declined{reason_in(body), echo_in(body)};
    if (is_query && status == 404 && outcome == "not-received") return provider::NotReceived{echo_in(body)};
    return std::nullopt;
}

// Refused by its status alone. A page for people, or another outcome in the body, contradicts that.
bool is_refusal(const ProviderAnswer& answer, const json& body) {
    if (!is_one_of(definite_refusals, answer.status)) return false;
    return body.is_object() ? text_in(body, "status").empty() : answer.body.empty();
}

std::string words_for(unsigned status, const json& body) {
    if (!body.is_object()) return fmt::format("the provider answered {} without a JSON object", status);
    const auto reason = is_client_error(status) ? reason_in(body) : std::string{};
    if (!reason.empty()) return fmt::format("the provider answered {}: {}", status, reason);
    return fmt::format("the provider answered {} with status \"{:.40}\"", status, text_in(body, "status"));
}

}  // namespace

ProviderResponse interpret(const ProviderAnswer& answer, ProviderAsked asked, Timestamp now) {
    const auto status = answer.status;
    const auto body = json_in(answer.body);
    if (body.is_object())
        if (auto outcome = outcome_in(status, body, asked)) return *std::move(outcome);
    const auto wait = retry_after_in(answer.retry_after, now);
    auto words = provider_reason(words_for(status, body));
    if (is_one_of(not_now, status) || (status == 503 && wait.count() > 0))
        return Unknown{std::move(words), Cause::busy, wait};
    const bool is_query = asked == ProviderAsked::for_outcome;
    if (!is_query && is_refusal(answer, body)) {
        auto reason = reason_in(body);
        return provider::Declined{reason.empty() ? std::move(words) : std::move(reason),
                                  body.is_object() ? echo_in(body) : provider::Echo{}};
    }
    if (is_client_error(status)) return Unknown{std::move(words), Cause::refused};
    // A query says nothing about a customer or an amount: a provider that fails even there fails for all.
    return Unknown{std::move(words), is_query && status >= 500 ? Cause::unreachable : Cause::no_answer};
}

}  // namespace sillok
