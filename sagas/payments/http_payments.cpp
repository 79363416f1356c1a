#include "sagas/payments/http_payments.hpp"

#include "sagas/payments/money_json.hpp"
#include "sagas/payments/provider_answer.hpp"
#include "sagas/payments/provider_reason.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <nlohmann/json.hpp>

#include <chrono>
#include <utility>

namespace sillok {
namespace {

using nlohmann::json;
using Kind = HttpExchange::Failure::Kind;

const std::pair<std::string, std::string> accept{"Accept", "application/json"};

constexpr int sends_max = 3;  // of one call, while connections are lost

std::string encoded(std::string_view segment) { return boost::urls::encode(segment, boost::urls::unreserved_chars); }

Timestamp wall_time() {
    const auto now = std::chrono::system_clock::now().time_since_epoch();
    return Timestamp{std::chrono::duration_cast<std::chrono::milliseconds>(now).count()};
}

}  // namespace

HttpPayments::HttpPayments(HttpAddress address, HttpPaymentsLimits limits)
    : call_timeout_(limits.call_timeout), http_(std::move(address), {limits.body_bytes_max, limits.idle_max}) {}

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
    return send({"GET", "/operations/" + key.text(), {accept}}, key);
}

asio::awaitable<ProviderResponse> HttpPayments::give_up(Uuid key) {
    return send({"DELETE", "/operations/" + key.text(), {accept}}, key);
}

asio::awaitable<ProviderResponse> HttpPayments::post(std::string target, Uuid key, std::string body) {
    return send({"POST",
                 std::move(target),
                 {accept, {"Content-Type", "application/json"}, {"Idempotency-Key", key.text()}},
                 std::move(body)},
                key);
}

asio::awaitable<ProviderResponse> HttpPayments::send(HttpExchange::Request request, Uuid key) {
    using Connection = HttpExchange::Connection;
    const bool is_query = request.method != "POST";
    const auto deadline = std::chrono::steady_clock::now() + call_timeout_;
    std::string failure;
    bool timed_out = false;
    bool was_sent = false;
    for (int sent = 0; sent < sends_max && !timed_out; ++sent) {
        auto response = co_await http_.exchange(request, sent > 0 ? Connection::fresh : Connection::reused, deadline);
        if (response) {
            const ProviderAnswer answer{response->status, response->body, response->header("Retry-After")};
            co_return interpret(answer, is_query ? ProviderAsked::for_outcome : ProviderAsked::to_act, wall_time());
        }
        failure = provider_reason(response.error().what);
        was_sent |= response.error().was_sent;
        const auto kind = response.error().kind;
        if (kind == Kind::not_http || kind == Kind::closed) break;
        timed_out = kind == Kind::timed_out;
    }
    if (!was_sent) co_return provider::Unknown{std::move(failure), provider::Unknown::Cause::unreachable};
    if (!timed_out || is_query || http_.closed()) co_return provider::Unknown{std::move(failure)};
    auto outcome = co_await query(key);
    if (std::holds_alternative<provider::Approved>(outcome) || std::holds_alternative<provider::Declined>(outcome))
        co_return outcome;
    co_return provider::Unknown{std::move(failure)};
}

}  // namespace sillok
