#include "sagas/payments/http_payments.hpp"

#include "sagas/payments/money_json.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <nlohmann/json.hpp>

#include <utility>

namespace sillok {
namespace {

namespace http = boost::beast::http;
using nlohmann::json;
using Kind = HttpExchange::Failure::Kind;

constexpr int sends_max = 3;  // of one call, while connections are lost
constexpr std::size_t reference_bytes_max = 255;

std::string encoded(std::string_view segment) { return boost::urls::encode(segment, boost::urls::unreserved_chars); }

// What a reply means; anything that is not exactly as agreed means nothing.
ProviderResponse interpret(http::status status, const std::string& text, bool is_query) {
    const auto body = json::parse(text, nullptr, false);
    const auto result = static_cast<unsigned>(status);
    if (!body.is_object())
        return provider::Unknown{fmt::format("the provider answered {} without a JSON object", result)};
    const auto said = text_in(body, "status");
    const bool ok = status == http::status::ok || status == http::status::created;
    if (ok && said == "approved") {
        auto reference = text_in(body, "reference");
        if (!reference.empty() && reference.size() <= reference_bytes_max)
            return provider::Approved{std::move(reference)};
    }
    if (said == "declined" && (is_query ? ok : status == http::status::payment_required))
        return provider::Declined{text_in(body, "reason")};
    if (is_query && status == http::status::not_found && said == "not-received") return provider::NotReceived{};
    return provider::Unknown{fmt::format("the provider answered {} with status \"{:.40}\"", result, said)};
}

}  // namespace

HttpPayments::HttpPayments(HttpAddress address, HttpPaymentsLimits limits)
    : call_ms_(limits.call_timeout), http_(std::move(address), {limits.body_bytes_max, limits.idle_max}) {}

void HttpPayments::close() { http_.close(); }

asio::awaitable<ProviderResponse> HttpPayments::authorise(PaymentCall call) {
    const json body{
        {"orderId", call.order.value}, {"customerId", call.customer.value}, {"amount", money_json(call.amount)}};
    return post("/authorisations", call.key, body.dump());
}

asio::awaitable<ProviderResponse> HttpPayments::capture(PaymentCall call) {
    const json body{{"orderId", call.order.value}, {"amount", money_json(call.amount)}};
    return post("/authorisations/" + encoded(call.reference) + "/capture", call.key, body.dump());
}

asio::awaitable<ProviderResponse> HttpPayments::void_authorisation(PaymentCall call) {
    const json body{{"orderId", call.order.value}};
    return post("/authorisations/" + encoded(call.reference) + "/void", call.key, body.dump());
}

asio::awaitable<ProviderResponse> HttpPayments::refund(PaymentCall call) {
    const json body{{"orderId", call.order.value}, {"reference", call.reference}, {"amount", money_json(call.amount)}};
    return post("/refunds", call.key, body.dump());
}

asio::awaitable<ProviderResponse> HttpPayments::query(Uuid key) {
    return ask({http::verb::get, "/operations/" + key.text()}, key);
}

asio::awaitable<ProviderResponse> HttpPayments::give_up(Uuid key) {
    return ask({http::verb::delete_, "/operations/" + key.text()}, key);
}

asio::awaitable<ProviderResponse> HttpPayments::post(std::string target, Uuid key, std::string body) {
    return ask({http::verb::post, std::move(target), {{"Idempotency-Key", key.text()}}, std::move(body)}, key);
}

asio::awaitable<ProviderResponse> HttpPayments::ask(HttpExchange::Request request, Uuid key) {
    const bool is_query = request.verb != http::verb::post;
    const auto until = std::chrono::steady_clock::now() + call_ms_;
    std::string failed;
    bool timed_out = false;
    for (int sent = 0; sent < sends_max && !timed_out; ++sent) {
        auto exchanged = co_await http_.exchange(request, sent > 0, until);
        if (exchanged) co_return interpret(exchanged->status, exchanged->body, is_query);
        failed = exchanged.error().what;
        const auto kind = exchanged.error().kind;
        if (kind == Kind::not_http || kind == Kind::closed) break;
        timed_out = kind == Kind::timed_out;
    }
    if (!timed_out || is_query || http_.closed()) co_return provider::Unknown{std::move(failed)};
    auto outcome = co_await query(key);
    if (std::holds_alternative<provider::Approved>(outcome) || std::holds_alternative<provider::Declined>(outcome))
        co_return outcome;
    co_return provider::Unknown{std::move(failed)};
}

}  // namespace sillok
