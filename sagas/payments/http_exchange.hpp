// Requests over HTTP/1.1 to one server, and their answers, on connections that are kept open.
//
// Time:        an exchange has ended by the time it was given (only a host's name that cannot be looked up may take
//              longer).
// Connections: kept open and used again, at most `idle_max` of them; in use there are as many as exchanges.
// Threads:     everything from one executor, which outlives the exchanges.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/status.hpp>
#include <boost/beast/http/verb.hpp>

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
    std::string path;  // before every target; without a slash at its end
    friend bool operator==(const HttpAddress&, const HttpAddress&) = default;
};

// "http://host[:port][/path]"; the error is a sentence.
std::expected<HttpAddress, std::string> parse_http_address(std::string_view url);

struct HttpExchangeLimits {
    std::size_t body_bytes_max = 64u << 10;
    std::size_t idle_max = 256;
};

class HttpExchange {
   public:
    struct Request {
        boost::beast::http::verb verb = boost::beast::http::verb::get;
        std::string target;  // behind the address's path
        std::vector<std::pair<std::string, std::string>> headers{};
        std::string body{};  // JSON; of a POST
    };
    struct Reply {
        boost::beast::http::status status = boost::beast::http::status::unknown;
        std::string body;
    };
    struct Failure {
        enum class Kind : std::uint8_t {
            lost,  // or never made: the connection. The request may have arrived.
            timed_out,
            not_http,  // or too long
            closed,    // this side makes no exchanges any more
        };
        Kind kind;
        std::string what;  // for people
    };

    explicit HttpExchange(HttpAddress address, HttpExchangeLimits limits = {});
    ~HttpExchange();
    HttpExchange(const HttpExchange&) = delete;
    HttpExchange& operator=(const HttpExchange&) = delete;

    // `fresh`: on a new connection, for one that was kept may have been lost.
    // REQUIRES: the request outlives the coroutine.
    asio::awaitable<std::expected<Reply, Failure>> exchange(const Request& request, bool fresh,
                                                            std::chrono::steady_clock::time_point until);
    // Lets go of all connections; exchanges under way fail, further ones at once.
    void close();
    [[nodiscard]] bool closed() const;

   private:
    struct Connection;
    class Connections;

    const HttpAddress address_;
    const HttpExchangeLimits limits_;
    std::unique_ptr<Connections> connections_;
};

}  // namespace sillok
