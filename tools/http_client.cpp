#include "tools/http_client.hpp"

#include "eventstore/base/parse_number.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/system/error_code.hpp>

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <cctype>
#include <cstdio>
#include <exception>
#include <string>
#include <utility>

namespace sillok {
namespace {

constexpr std::chrono::milliseconds first_pause{50};
constexpr std::chrono::milliseconds longest_pause{2'000};
constexpr HttpExchangeLimits limits{.body_bytes_max = 64u << 20, .idle_max = 1};

HttpExchange::Request message_of(HttpRequest request) {
    HttpExchange::Request message{.target = std::move(request.target)};
    auto& headers = message.headers;
    if (!request.idempotency_key.empty()) headers.emplace_back("Idempotency-Key", std::move(request.idempotency_key));
    if (request.wait_seconds > 0) headers.emplace_back("Prefer", "wait=" + std::to_string(request.wait_seconds));
    if (!request.log.empty()) headers.emplace_back("Sillok-Log", request.log);
    if (request.at_least > 0) headers.emplace_back("Sillok-At-Least", std::to_string(request.at_least));
    if (request.method == Method::post) {
        message.method = "POST";
        headers.emplace_back("Content-Type", "application/json");
        message.body = std::move(request.body);
    }
    return message;
}

bool is_worth_another_try(const HttpResponse& response) {
    if (response.status == 429 || response.status == 503) return true;
    // The server still works on the request that was sent before the connection broke.
    return response.status == 409 && response.body.find("idempotency-key-in-flight") != std::string::npos;
}

std::string url_of(const ServerAddress& server) {
    const bool v6 = server.host.find(':') != std::string::npos;
    return "http://" + (v6 ? '[' + server.host + ']' : server.host) + ':' + server.port;
}

// "Connection refused" in the middle of a sentence.
std::string reason_of(const boost::system::error_code& error) {
    auto reason = error.message();
    if (!reason.empty()) reason.front() = static_cast<char>(std::tolower(static_cast<unsigned char>(reason.front())));
    return reason;
}

std::string sentence_of(const ServerAddress& server, const HttpExchange::Failure& failure) {
    using Kind = HttpExchange::Failure::Kind;
    switch (failure.kind) {
        case Kind::timed_out: return "the server at " + url_of(server) + " did not answer in time";
        case Kind::not_http:
            return "the answer from " + url_of(server) + " cannot be read: " + reason_of(failure.error);
        case Kind::lost:
        case Kind::closed: break;
    }
    return "no server answers at " + url_of(server) + ": " + reason_of(failure.error);
}

}  // namespace

NoAnswer::NoAnswer(const ServerAddress& server, const HttpExchange::Failure& failure)
    : boost::system::system_error(failure.error), sentence_(sentence_of(server, failure)) {}

std::expected<ServerAddress, std::string> parse_server(std::string_view url) {
    auto address = parse_http_address(url);
    if (!address || !address->path.empty() || address->port.empty())
        return std::unexpected("a server is given as http://host:port, not as " + std::string{url});
    return address;
}

void WaitingRemark::waits(std::string_view sentence) {
    if (!is_waiting_) fmt::print(stderr, "{}; waiting for it\n", sentence);
    is_waiting_ = true;
}

void WaitingRemark::answered(std::string_view what_now) {
    if (is_waiting_) fmt::print(stderr, "the server answers again{}\n", what_now);
    is_waiting_ = false;
}

HttpConnection::HttpConnection(asio::any_io_executor executor, ServerAddress server, WaitingRemark* remark)
    : executor_(std::move(executor)),
      server_(std::move(server)),
      remark_(remark),
      http_(std::make_unique<HttpExchange>(server_, limits)) {}

asio::awaitable<HttpResponse> HttpConnection::exchange(HttpRequest request) {
    const auto deadline = std::chrono::steady_clock::now() + request.answer_max;
    const auto message = message_of(std::move(request));
    auto response = co_await http_->exchange(message, HttpExchange::Connection::reused, deadline);
    if (!response) throw NoAnswer(server_, response.error());
    HttpResponse result{
        .status = response->status, .body = std::move(response->body), .retry_after = {}, .position = {}, .log = {}};
    if (const auto seconds = parse_number<std::uint32_t>(response->header("Retry-After")))
        result.retry_after = std::chrono::seconds{*seconds};
    result.position = parse_number<std::uint64_t>(response->header("Sillok-Position"));
    result.log = response->header("Sillok-Log");
    co_return result;
}

asio::awaitable<HttpResponse> HttpConnection::exchange_patiently(HttpRequest request, std::chrono::seconds patience) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    auto next_pause = first_pause;
    for (;;) {
        std::exception_ptr broken;
        std::string sentence;
        HttpResponse response;
        try {
            response = co_await exchange(request);
            if (remark_ != nullptr) remark_->answered();
        } catch (const NoAnswer& error) {
            broken = std::current_exception();
            sentence = error.what();
        }
        if (!broken && !is_worth_another_try(response)) co_return response;
        const std::chrono::milliseconds wanted = response.retry_after.value_or(std::chrono::seconds{0});
        const auto wait = std::max(next_pause, wanted);
        if (std::chrono::steady_clock::now() + wait > give_up) {
            if (broken) std::rethrow_exception(broken);
            co_return response;
        }
        if (broken && remark_ != nullptr) remark_->waits(sentence);
        co_await pause(wait);
        next_pause = std::min(2 * next_pause, longest_pause);
    }
}

asio::awaitable<void> HttpConnection::pause(std::chrono::milliseconds duration) {
    asio::steady_timer timer{executor_, duration};
    co_await timer.async_wait(asio::use_awaitable);
}

HttpResponse exchange_once(const ServerAddress& server, HttpRequest request, std::chrono::seconds patience,
                           WaitingRemark* remark) {
    asio::io_context context{1};
    HttpConnection connection{context.get_executor(), server, remark};
    auto exchange = connection.exchange_patiently(std::move(request), patience);
    auto response = asio::co_spawn(context, std::move(exchange), asio::use_future);
    context.run();
    return response.get();
}

void require_server(const ServerAddress& server) {
    constexpr std::chrono::seconds patience{2};
    WaitingRemark remark;
    exchange_once(server, {.method = Method::get, .target = "/livez", .answer_max = patience}, patience, &remark);
}

}  // namespace sillok
