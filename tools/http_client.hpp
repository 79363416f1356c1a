// A keep-alive connection to one Sillok server, for the tools that drive it.
//
// Errors:  what goes wrong on the wire throws boost::system::system_error: the request may or may not have been
//          carried out, so that only a query, or a command with an idempotency key, may be sent again.
// Threads: one coroutine at a time per connection.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

namespace asio = boost::asio;

struct ServerAddress {
    std::string host;
    std::string port;
};
// "http://host:port", perhaps with a slash behind it. The error is a sentence.
std::expected<ServerAddress, std::string> parse_server(std::string_view url);

enum class Method { get, post };

struct HttpRequest {
    Method method = Method::get;
    std::string target;
    std::string body{};             // JSON; of a POST
    std::string idempotency_key{};  // empty: none
    unsigned wait_seconds = 0;      // Prefer: wait=N; 0: none
    std::chrono::seconds answer_max{120};
    std::uint64_t at_least = 0;  // Sillok-At-Least: a position that the answer must have seen; 0: none
};

struct HttpResponse {
    unsigned status = 0;
    std::string body;
    std::optional<std::chrono::seconds> retry_after;
    std::optional<std::uint64_t> position;  // Sillok-Position
};

class HttpConnection {
   public:
    HttpConnection(asio::any_io_executor executor, ServerAddress server);
    ~HttpConnection();
    HttpConnection(HttpConnection&& other) noexcept;

    // One request and its answer; connects first where there is no connection.
    asio::awaitable<HttpResponse> exchange(HttpRequest request);

    // The same, again and again while the server cannot be reached, breaks off, or says that it is busy
    // (429, 503), and until `patience` is over; then the last error is thrown, or the last answer returned.
    // REQUIRES: sending the request twice does no harm.
    asio::awaitable<HttpResponse> exchange_patiently(HttpRequest request, std::chrono::seconds patience);

    // Waits beside the connection.
    asio::awaitable<void> pause(std::chrono::milliseconds duration);

   private:
    struct Wire;
    std::unique_ptr<Wire> wire_;
};

// exchange_patiently on a connection of its own, for plain threads.
HttpResponse exchange_once(const ServerAddress& server, HttpRequest request, std::chrono::seconds patience);

// Calls `work` for 0 ... count - 1, each once, in this order, on so many connections at a time; returns when all is
// done. The first exception ends it all and is thrown here.
// REQUIRES: `work` makes its coroutine from its arguments alone; a lambda may forward to a member, but is no
//           coroutine itself.
using ConnectionWork = std::function<asio::awaitable<void>(HttpConnection&, std::size_t index)>;
void for_each_over_http(const ServerAddress& server, std::size_t connections, std::size_t count,
                        const ConnectionWork& work);

}  // namespace sillok
