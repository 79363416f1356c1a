#include "tests/api/http_client.hpp"

#include "sagas/payments/http_exchange.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_future.hpp>
#include <boost/asio/write.hpp>
#include <boost/system/system_error.hpp>

#include <cctype>
#include <chrono>
#include <expected>

namespace sillok::test {

namespace asio = boost::asio;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds response_timeout{10};
constexpr HttpExchangeLimits limits{.body_bytes_max = 64u << 20, .idle_max = 1};

std::string lower(std::string_view text) {
    std::string result;
    for (const char c : text) result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

}  // namespace

class HttpClient::Connection {
   public:
    explicit Connection(std::uint16_t port) : http_({"127.0.0.1", std::to_string(port)}, limits) {}

    Reply exchange(const HttpExchange::Request& request) {
        // The server may have closed an idle connection.
        const bool may_be_closed = http_.idle() > 0;
        auto response = run(request, HttpExchange::Connection::reused);
        if (!response && may_be_closed) response = run(request, HttpExchange::Connection::fresh);
        if (!response) throw boost::system::system_error(response.error().error);
        Reply reply{.status = response->status, .headers = {}, .body = std::move(response->body)};
        for (auto& [name, value] : response->headers) reply.headers.emplace(lower(name), std::move(value));
        return reply;
    }

   private:
    std::expected<HttpExchange::Response, HttpExchange::Failure> run(const HttpExchange::Request& request,
                                                                     HttpExchange::Connection connection) {
        const auto deadline = std::chrono::steady_clock::now() + response_timeout;
        auto exchange = http_.exchange(request, connection, deadline);
        auto response = asio::co_spawn(context_, std::move(exchange), asio::use_future);
        context_.restart();
        context_.run();
        return response.get();
    }

    asio::io_context context_;  // outlives the connections
    HttpExchange http_;
};

HttpClient::HttpClient(std::uint16_t port) : connection_(std::make_unique<Connection>(port)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Reply HttpClient::send(std::string_view method, std::string_view target, std::string body, const Headers& headers) {
    return connection_->exchange({std::string{method}, std::string{target}, headers, std::move(body)});
}

Reply HttpClient::post(std::string_view target, const nlohmann::json& body, Headers headers) {
    headers.emplace_back("Content-Type", "application/json");
    return send("POST", target, body.dump(), headers);
}

Reply HttpClient::patch(std::string_view target, const nlohmann::json& body, Headers headers) {
    headers.emplace_back("Content-Type", "application/json");
    return send("PATCH", target, body.dump(), headers);
}

std::string exchange_bytes(std::uint16_t port, std::string_view bytes) {
    asio::io_context io;
    tcp::socket socket{io};
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    error_code error;
    asio::write(socket, asio::buffer(bytes), error);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    return answer;
}

}  // namespace sillok::test
