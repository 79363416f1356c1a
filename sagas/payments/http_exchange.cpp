#include "sagas/payments/http_exchange.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/parse.hpp>

#include <unordered_set>
#include <utility>

namespace sillok {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t header_bytes_max = 8u << 10;

std::string failure_text(const beast::error_code& error) { return fmt::format("no answer: {}", error.message()); }

}  // namespace

struct HttpExchange::Connection {
    explicit Connection(const asio::any_io_executor& executor) : stream(executor) {}
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
};

// Who owns a connection: the call that uses it, or this while it is idle. Those in use are known, so that they
// can be cut.
class HttpExchange::Connections {
   public:
    [[nodiscard]] bool closed() const { return closed_; }

    std::unique_ptr<Connection> take() {
        if (idle_.empty()) return nullptr;
        auto connection = std::move(idle_.back());
        idle_.pop_back();
        return connection;
    }
    void put(std::unique_ptr<Connection> connection, std::size_t idle_max) {
        if (!closed_ && idle_.size() < idle_max) idle_.push_back(std::move(connection));
    }
    void close() {
        closed_ = true;
        idle_.clear();
        for (auto* connection : in_use_) connection->stream.close();
    }

    // Knows of a connection for as long as a call uses it.
    class Use {
       public:
        Use(Connections& connections, Connection& connection) : connections_(connections), connection_(connection) {
            connections_.in_use_.insert(&connection_);
        }
        ~Use() { connections_.in_use_.erase(&connection_); }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

       private:
        Connections& connections_;
        Connection& connection_;
    };

   private:
    std::vector<std::unique_ptr<Connection>> idle_;
    std::unordered_set<Connection*> in_use_;
    bool closed_ = false;
};

std::expected<HttpAddress, std::string> parse_http_address(std::string_view url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed) return std::unexpected(fmt::format("\"{}\" is not a URL", url));
    if (parsed->scheme() != "http" || parsed->encoded_host().empty() || parsed->has_userinfo() || parsed->has_query() ||
        parsed->has_fragment())
        return std::unexpected(fmt::format("\"{}\" must be http://host[:port][/path]", url));
    std::string path{parsed->encoded_path()};
    while (path.ends_with('/')) path.pop_back();
    const auto port = parsed->has_port() ? std::string{parsed->port()} : std::string{"80"};
    return HttpAddress{parsed->host_address(), port, std::move(path)};
}

HttpExchange::HttpExchange(HttpAddress address, HttpExchangeLimits limits)
    : address_(std::move(address)), limits_(limits), connections_(std::make_unique<Connections>()) {}
HttpExchange::~HttpExchange() = default;

void HttpExchange::close() { connections_->close(); }
bool HttpExchange::closed() const { return connections_->closed(); }

asio::awaitable<std::expected<HttpExchange::Reply, HttpExchange::Failure>> HttpExchange::exchange(
    const Request& request, bool fresh, std::chrono::steady_clock::time_point until) {
    using Kind = Failure::Kind;
    const auto failure = [](const beast::error_code& error) {
        if (error == beast::error::timeout) return Failure{Kind::timed_out, failure_text(error)};
        const bool garbage = error.category() == http::make_error_code(http::error::bad_version).category() &&
                             error != http::error::end_of_stream && error != http::error::partial_message;
        return Failure{garbage ? Kind::not_http : Kind::lost, failure_text(error)};
    };
    if (connections_->closed()) co_return std::unexpected(Failure{Kind::closed, "no answer: shutting down"});
    const auto executor = co_await asio::this_coro::executor;
    auto connection = fresh ? nullptr : connections_->take();
    const bool reused = connection != nullptr;
    if (!reused) connection = std::make_unique<Connection>(executor);
    const Connections::Use use{*connections_, *connection};
    auto& stream = connection->stream;
    stream.expires_at(until);
    if (!reused) {
        tcp::resolver resolver{executor};
        auto [unresolved, endpoints] = co_await resolver.async_resolve(address_.host, address_.port, as_result);
        if (unresolved) co_return std::unexpected(failure(unresolved));
        auto [unconnected, endpoint] = co_await stream.async_connect(endpoints, as_result);
        if (unconnected) co_return std::unexpected(failure(unconnected));
        boost::system::error_code ignored;
        stream.socket().set_option(tcp::no_delay{true}, ignored);
    }
    http::request<http::string_body> message{request.verb, address_.path + request.target, 11};
    message.set(http::field::host, address_.host);
    message.set(http::field::user_agent, "sillok");
    message.set(http::field::accept, "application/json");
    for (const auto& [name, value] : request.headers) message.set(name, value);
    if (request.verb == http::verb::post) {
        message.set(http::field::content_type, "application/json");
        message.body() = request.body;
    }
    message.prepare_payload();
    auto [unsent, sent_bytes] = co_await http::async_write(stream, message, as_result);
    if (unsent) co_return std::unexpected(failure(unsent));
    http::response_parser<http::string_body> parser;
    parser.body_limit(limits_.body_bytes_max);
    parser.header_limit(header_bytes_max);
    auto [unread, read_bytes] = co_await http::async_read(stream, connection->buffer, parser, as_result);
    if (unread) co_return std::unexpected(failure(unread));
    auto response = parser.release();
    if (response.keep_alive() && connection->buffer.size() == 0) {
        stream.expires_never();
        connections_->put(std::move(connection), limits_.idle_max);
    }
    co_return Reply{response.result(), std::move(response.body())};
}

}  // namespace sillok
