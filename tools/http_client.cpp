#include "tools/http_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <charconv>
#include <exception>
#include <utility>
#include <vector>

namespace sillok {

namespace beast = boost::beast;
namespace http = beast::http;
using tcp = asio::ip::tcp;

namespace {

constexpr std::chrono::milliseconds first_pause{50};
constexpr std::chrono::milliseconds longest_pause{2'000};

template <class Number>
std::optional<Number> number_in(const http::response<http::string_body>& response, std::string_view header) {
    const auto field = response.find(header);
    if (field == response.end()) return std::nullopt;
    const std::string text{field->value()};
    Number number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

bool is_worth_another_try(const HttpResponse& response) {
    if (response.status == 429 || response.status == 503) return true;
    // What was sent before the connection broke is still being answered.
    return response.status == 409 && response.body.find("idempotency-key-in-flight") != std::string::npos;
}

}  // namespace

std::expected<ServerAddress, std::string> parse_server(std::string_view url) {
    constexpr std::string_view scheme = "http://";
    const auto refused = std::unexpected("a server is given as http://host:port, not as " + std::string{url});
    if (!url.starts_with(scheme)) return refused;
    url.remove_prefix(scheme.size());
    if (url.ends_with('/')) url.remove_suffix(1);
    const auto colon = url.rfind(':');
    ServerAddress server{.host = std::string{url}, .port = "80"};
    if (colon != std::string_view::npos && !url.ends_with(']')) {
        server.host = url.substr(0, colon);
        server.port = url.substr(colon + 1);
    }
    if (server.host.starts_with('[') && server.host.ends_with(']'))
        server.host = server.host.substr(1, server.host.size() - 2);
    const bool port_is_number =
        !server.port.empty() && std::ranges::all_of(server.port, [](char c) { return c >= '0' && c <= '9'; });
    if (server.host.empty() || server.host.find_first_of("/?#@") != std::string::npos || !port_is_number)
        return refused;
    return server;
}

struct HttpConnection::Wire {
    asio::any_io_executor executor;
    ServerAddress server;
    std::optional<beast::tcp_stream> stream;
    beast::flat_buffer buffer;

    asio::awaitable<void> connect();
    asio::awaitable<HttpResponse> exchange(HttpRequest request);
};

asio::awaitable<void> HttpConnection::Wire::connect() {
    tcp::resolver resolver{executor};
    const auto endpoints = co_await resolver.async_resolve(server.host, server.port, asio::use_awaitable);
    stream.emplace(executor);
    buffer.clear();
    stream->expires_after(std::chrono::seconds{10});
    co_await stream->async_connect(endpoints, asio::use_awaitable);
    stream->socket().set_option(tcp::no_delay{true});
}

asio::awaitable<HttpResponse> HttpConnection::Wire::exchange(HttpRequest request) {
    if (!stream) co_await connect();
    http::request<http::string_body> message;
    message.version(11);
    message.method(request.method == Method::get ? http::verb::get : http::verb::post);
    message.target(request.target);
    message.set(http::field::host, server.host);
    if (!request.idempotency_key.empty()) message.set("Idempotency-Key", request.idempotency_key);
    if (request.wait_seconds > 0) message.set(http::field::prefer, "wait=" + std::to_string(request.wait_seconds));
    if (request.at_least > 0) message.set("Sillok-At-Least", std::to_string(request.at_least));
    if (request.method == Method::post) {
        message.set(http::field::content_type, "application/json");
        message.body() = std::move(request.body);
        message.prepare_payload();
    }
    stream->expires_after(request.answer_max);
    co_await http::async_write(*stream, message, asio::use_awaitable);

    http::response_parser<http::string_body> parser;
    parser.body_limit(64u << 20);
    co_await http::async_read(*stream, buffer, parser, asio::use_awaitable);
    auto answer = parser.release();
    if (!answer.keep_alive()) stream.reset();
    HttpResponse response{
        .status = answer.result_int(), .body = std::move(answer.body()), .retry_after = {}, .position = {}};
    if (const auto seconds = number_in<std::uint32_t>(answer, "Retry-After"))
        response.retry_after = std::chrono::seconds{*seconds};
    response.position = number_in<std::uint64_t>(answer, "Sillok-Position");
    co_return response;
}

HttpConnection::HttpConnection(asio::any_io_executor executor, ServerAddress server)
    : wire_(std::make_unique<Wire>(Wire{std::move(executor), std::move(server), {}, {}})) {}
HttpConnection::~HttpConnection() = default;
HttpConnection::HttpConnection(HttpConnection&& other) noexcept = default;

asio::awaitable<HttpResponse> HttpConnection::exchange(HttpRequest request) {
    std::exception_ptr broken;
    try {
        co_return co_await wire_->exchange(std::move(request));
    } catch (const boost::system::system_error&) {
        broken = std::current_exception();
    }
    wire_->stream.reset();  // nobody knows what would be read from it next
    std::rethrow_exception(broken);
}

asio::awaitable<HttpResponse> HttpConnection::exchange_patiently(HttpRequest request, std::chrono::seconds patience) {
    const auto give_up = std::chrono::steady_clock::now() + patience;
    auto next_pause = first_pause;
    for (;;) {
        std::exception_ptr broken;
        HttpResponse response;
        try {
            response = co_await exchange(request);
        } catch (const boost::system::system_error&) {
            broken = std::current_exception();
        }
        if (!broken && !is_worth_another_try(response)) co_return response;
        const std::chrono::milliseconds wanted = response.retry_after.value_or(std::chrono::seconds{0});
        const auto wait = std::max(next_pause, wanted);
        if (std::chrono::steady_clock::now() + wait > give_up) {
            if (broken) std::rethrow_exception(broken);
            co_return response;
        }
        co_await pause(wait);
        next_pause = std::min(2 * next_pause, longest_pause);
    }
}

asio::awaitable<void> HttpConnection::pause(std::chrono::milliseconds duration) {
    asio::steady_timer timer{wire_->executor, duration};
    co_await timer.async_wait(asio::use_awaitable);
}

HttpResponse exchange_once(const ServerAddress& server, HttpRequest request, std::chrono::seconds patience) {
    asio::io_context context{1};
    HttpConnection connection{context.get_executor(), server};
    auto exchange = connection.exchange_patiently(std::move(request), patience);
    auto answer = asio::co_spawn(context, std::move(exchange), asio::use_future);
    context.run();
    return answer.get();
}

namespace {

struct Shared {
    std::size_t next = 0;
    std::size_t count = 0;
    const ConnectionWork& work;
    std::exception_ptr failed{};
};

asio::awaitable<void> work_until_none_is_left(HttpConnection connection, Shared& shared) {
    while (shared.next < shared.count && !shared.failed) {
        const auto index = shared.next++;
        co_await shared.work(connection, index);
    }
}

}  // namespace

void for_each_over_http(const ServerAddress& server, std::size_t connections, std::size_t count,
                        const ConnectionWork& work) {
    asio::io_context context{1};
    Shared shared{.count = count, .work = work};
    for (std::size_t i = 0; i < std::min(connections, count); ++i) {
        auto worker = work_until_none_is_left(HttpConnection{context.get_executor(), server}, shared);
        asio::co_spawn(context, std::move(worker), [&](std::exception_ptr failed) {
            if (!failed || shared.failed) return;
            shared.failed = failed;
            context.stop();
        });
    }
    context.run();
    if (shared.failed) std::rethrow_exception(shared.failed);
}

}  // namespace sillok
