// A keep-alive connection to one Sillok server, for the tools: HttpExchange with the server's headers, and retries
// while the server is busy.
//
// Errors:  a failed exchange throws NoAnswer. The request may have been executed, so only a query, or a command with an
//          idempotency key, may be repeated.
// Threads: one coroutine at a time per connection.
#pragma once

#include "sagas/payments/http_exchange.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/system/system_error.hpp>

#include <chrono>
#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sillok {

using ServerAddress = HttpAddress;  // without a path
// Parses "http://host:port" or "http://host:port/". The error is a sentence.
std::expected<ServerAddress, std::string> parse_server(std::string_view url);

// what() is a sentence: "no server answers at http://127.0.0.1:8080: connection refused".
class NoAnswer final : public boost::system::system_error {
   public:
    NoAnswer(const ServerAddress& server, const HttpExchange::Failure& failure);
    [[nodiscard]] const char* what() const noexcept override { return sentence_.what(); }

   private:
    std::runtime_error sentence_;  // copying it does not throw
};

enum class Method { get, post };

struct HttpRequest {
    Method method = Method::get;
    std::string target;
    std::string body{};             // JSON; of a POST
    std::string idempotency_key{};  // empty: none
    unsigned wait_seconds = 0;      // Prefer: wait=N; 0: none
    std::chrono::seconds answer_max{120};
    std::uint64_t at_least = 0;  // Sillok-At-Least: the position that the response must include; 0: none
    std::string log{};           // Sillok-Log: the log and epoch of the positions in the request; empty: none
};

struct HttpResponse {
    unsigned status = 0;
    std::string body;
    std::optional<std::chrono::seconds> retry_after;
    std::optional<std::uint64_t> position;  // Sillok-Position
    std::string log;                        // Sillok-Log
};

// Says on standard error, once, that a server does not answer and is waited for, and then that it answers again.
// Several connections may share one. Threads: one at a time.
class WaitingRemark {
   public:
    void waits(std::string_view sentence);
    void answered(std::string_view what_now = "");

   private:
    bool is_waiting_ = false;
};

class HttpConnection {
   public:
    // `remark`: null where nothing is to be said while a server does not answer. REQUIRES: it outlives the connection.
    HttpConnection(asio::any_io_executor executor, ServerAddress server, WaitingRemark* remark = nullptr);

    // Connects first if there is no connection.
    asio::awaitable<HttpResponse> exchange(HttpRequest request);

    // Repeats the exchange while the server cannot be reached, closes the connection, or is busy (429, 503). After
    // `patience` it throws the last error or returns the last response.
    // REQUIRES: repeating the request does no harm.
    asio::awaitable<HttpResponse> exchange_patiently(HttpRequest request, std::chrono::seconds patience);

    asio::awaitable<void> pause(std::chrono::milliseconds duration);

   private:
    asio::any_io_executor executor_;
    ServerAddress server_;
    WaitingRemark* remark_;
    std::unique_ptr<HttpExchange> http_;
};

// Blocks. Calls exchange_patiently on a new connection.
HttpResponse exchange_once(const ServerAddress& server, HttpRequest request, std::chrono::seconds patience,
                           WaitingRemark* remark = nullptr);

// Throws NoAnswer if no server answers there within two seconds; says at once that it waits for it. For work that waits
// patiently for its server.
void require_server(const ServerAddress& server);

}  // namespace sillok
