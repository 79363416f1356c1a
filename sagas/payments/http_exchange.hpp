// An HTTP/1.1 client of one server. The payment client, the webhook sender, the tools and the tests all use it.
//
// Time:        an exchange ends by its deadline. Only the look-up of a host name may take longer.
// Connections: kept open and reused, at most `idle_max` of them; exchanges in flight use one each.
// Errors:      an exchange returns a Failure and does not throw.
// Threads:     everything from one executor, which outlives the exchanges.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

namespace asio = boost::asio;

struct HttpAddress {
    std::string host;
    std::string port;
    std::string path{};  // before every target, without a slash at its end
    friend bool operator==(const HttpAddress&, const HttpAddress&) = default;
};

// Parses "http://host[:port][/path]". The error is a sentence.
std::expected<HttpAddress, std::string> parse_http_address(std::string_view url);

struct HttpExchangeLimits {
    std::size_t body_bytes_max = 64u << 10;  // of a response
    std::size_t idle_max = 256;
};

class HttpExchange {
   public:
    using Headers = std::vector<std::pair<std::string, std::string>>;

    struct Request {
        std::string method = "GET";
        std::string target;  // after the address's path
        Headers headers{};
        std::string body{};
    };
    struct Response {
        unsigned status = 0;
        Headers headers{};
        std::string body{};

        // Ignores case. Returns "" if there is no such header.
        [[nodiscard]] std::string_view header(std::string_view name) const;
    };
    struct Failure {
        enum class Kind : std::uint8_t {
            lost,  // the connection broke, or could not be opened; the request may have arrived
            timed_out,
            not_http,  // the response is malformed or too long
            closed,    // close() was called
        };
        Kind kind;
        boost::system::error_code error;
        std::string what;      // for people
        bool was_sent = true;  // false: no connection could be opened, so the server got nothing
    };

    explicit HttpExchange(HttpAddress address, HttpExchangeLimits limits = {});
    ~HttpExchange();
    HttpExchange(const HttpExchange&) = delete;
    HttpExchange& operator=(const HttpExchange&) = delete;

    // Returns the response, also one that arrives before the whole request is sent.
    // Connection::fresh opens a new connection, because the server may have closed an idle one.
    // REQUIRES: the request outlives the coroutine.
    enum class Connection : bool { reused, fresh };
    asio::awaitable<std::expected<Response, Failure>> exchange(const Request& request, Connection connection,
                                                               std::chrono::steady_clock::time_point deadline);
    // The number of idle connections.
    [[nodiscard]] std::size_t idle() const;
    // Closes all connections. Exchanges in flight fail, later ones at once.
    void close();
    [[nodiscard]] bool closed() const;

   private:
    struct Wire;
    class Wires;

    // Opens a connection, sends the request and reads the response.
    asio::awaitable<boost::system::error_code> open(Wire& wire) const;
    asio::awaitable<std::expected<Response, boost::system::error_code>> transfer(Wire& wire, const Request& request,
                                                                                 bool& keep_alive) const;

    const HttpAddress address_;
    const HttpExchangeLimits limits_;
    std::unique_ptr<Wires> wires_;
};

}  // namespace sillok
