#include "sagas/payments/http_exchange.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/string.hpp>
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
using boost::system::error_code;
using Failure = HttpExchange::Failure;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t header_bytes_max = 8u << 10;

Failure failure(const error_code& error) {
    auto what = fmt::format("no answer: {}", error.message());
    if (error == beast::error::timeout) return {Failure::Kind::timed_out, error, std::move(what)};
    const bool is_malformed = error.category() == http::make_error_code(http::error::bad_version).category() &&
                              error != http::error::end_of_stream && error != http::error::partial_message;
    return {is_malformed ? Failure::Kind::not_http : Failure::Kind::lost, error, std::move(what)};
}

http::request<http::string_body> message_of(const HttpAddress& address, const HttpExchange::Request& request) {
    http::request<http::string_body> message;
    message.version(11);
    message.method_string(request.method);
    message.target(address.path + request.target);
    message.set(http::field::host, address.host);
    message.set(http::field::user_agent, "sillok");
    for (const auto& [name, value] : request.headers) message.set(name, value);
    message.body() = request.body;
    message.prepare_payload();
    return message;
}

HttpExchange::Response response_of(http::response<http::string_body> message) {
    HttpExchange::Response response{.status = message.result_int(), .body = std::move(message.body())};
    for (const auto& field : message)
        response.headers.emplace_back(std::string{field.name_string()}, std::string{field.value()});
    return response;
}

}  // namespace

struct HttpExchange::Wire {
    explicit Wire(const asio::any_io_executor& executor) : stream(executor) {}
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
};

// Owns the idle connections. An exchange owns the one that it uses; it is registered here so that close() can end it.
class HttpExchange::Wires {
   public:
    [[nodiscard]] bool closed() const { return closed_; }
    [[nodiscard]] std::size_t idle() const { return idle_.size(); }

    std::unique_ptr<Wire> take() {
        if (idle_.empty()) return nullptr;
        auto wire = std::move(idle_.back());
        idle_.pop_back();
        return wire;
    }
    void put(std::unique_ptr<Wire> wire, std::size_t idle_max) {
        if (!closed_ && idle_.size() < idle_max) idle_.push_back(std::move(wire));
    }
    void close() {
        closed_ = true;
        idle_.clear();
        for (auto* wire : in_use_) wire->stream.close();
    }

    // Registers a connection for as long as an exchange uses it.
    class Use {
       public:
        Use(Wires& wires, Wire& wire) : wires_(wires), wire_(wire) { wires_.in_use_.insert(&wire_); }
        ~Use() { wires_.in_use_.erase(&wire_); }
        Use(const Use&) = delete;
        Use& operator=(const Use&) = delete;

       private:
        Wires& wires_;
        Wire& wire_;
    };

   private:
    std::vector<std::unique_ptr<Wire>> idle_;
    std::unordered_set<Wire*> in_use_;
    bool closed_ = false;
};

std::expected<HttpAddress, std::string> parse_http_address(std::string_view url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed) return std::unexpected(fmt::format("\"{}\" is not a URL", url));
    if (parsed->scheme() != "http" || parsed->encoded_host().empty() || parsed->has_userinfo() || parsed->has_query() ||
        parsed->has_fragment())
        return std::unexpected(fmt::format("\"{}\" must be http://host[:port][/path]", url));
    if (parsed->has_port() && (parsed->port_number() == 0 || parsed->port() != std::to_string(parsed->port_number())))
        return std::unexpected(fmt::format("\"{}\" has a port that is not a number from 1 to 65535", url));
    std::string path{parsed->encoded_path()};
    while (path.ends_with('/')) path.pop_back();
    const auto port = parsed->has_port() ? std::string{parsed->port()} : std::string{"80"};
    return HttpAddress{parsed->host_address(), port, std::move(path)};
}

std::string_view HttpExchange::Response::header(std::string_view name) const {
    for (const auto& [key, value] : headers)
        if (beast::iequals(key, {name.data(), name.size()})) return value;
    return {};
}

HttpExchange::HttpExchange(HttpAddress address, HttpExchangeLimits limits)
    : address_(std::move(address)), limits_(limits), wires_(std::make_unique<Wires>()) {}
HttpExchange::~HttpExchange() = default;

std::size_t HttpExchange::idle() const { return wires_->idle(); }
void HttpExchange::close() { wires_->close(); }
bool HttpExchange::closed() const { return wires_->closed(); }

asio::awaitable<std::expected<HttpExchange::Response, HttpExchange::Failure>> HttpExchange::exchange(
    const Request& request, Connection connection, std::chrono::steady_clock::time_point deadline) {
    if (closed()) co_return std::unexpected(Failure{Failure::Kind::closed, {}, "no answer: shutting down"});
    const auto executor = co_await asio::this_coro::executor;
    auto wire = connection == Connection::fresh ? nullptr : wires_->take();
    const bool is_open = wire != nullptr;
    if (!is_open) wire = std::make_unique<Wire>(executor);
    const Wires::Use use{*wires_, *wire};
    wire->stream.expires_at(deadline);
    if (!is_open) {
        const auto unopened = co_await open(*wire);
        if (unopened) {
            auto why = failure(unopened);
            why.was_sent = false;
            co_return std::unexpected(std::move(why));
        }
    }
    bool keep_alive = false;
    auto response = co_await transfer(*wire, request, keep_alive);
    if (!response) co_return std::unexpected(failure(response.error()));
    if (keep_alive && wire->buffer.size() == 0) {
        wire->stream.expires_never();
        wires_->put(std::move(wire), limits_.idle_max);
    }
    co_return *std::move(response);
}

asio::awaitable<error_code> HttpExchange::open(Wire& wire) const {
    tcp::resolver resolver{wire.stream.get_executor()};
    auto [unresolved, endpoints] = co_await resolver.async_resolve(address_.host, address_.port, as_result);
    if (unresolved) co_return unresolved;
    auto [unconnected, endpoint] = co_await wire.stream.async_connect(endpoints, as_result);
    if (unconnected) co_return unconnected;
    error_code ignored;
    wire.stream.socket().set_option(tcp::no_delay{true}, ignored);
    co_return error_code{};
}

asio::awaitable<std::expected<HttpExchange::Response, error_code>> HttpExchange::transfer(Wire& wire,
                                                                                          const Request& request,
                                                                                          bool& keep_alive) const {
    const auto message = message_of(address_, request);
    auto [unsent, sent_bytes] = co_await http::async_write(wire.stream, message, as_result);
    http::response_parser<http::string_body> parser;
    parser.body_limit(limits_.body_bytes_max);
    parser.header_limit(header_bytes_max);
    parser.skip(message.method() == http::verb::head);
    // The server may have responded early and closed: then writing fails, and reading does not.
    auto [unread, read_bytes] = co_await http::async_read(wire.stream, wire.buffer, parser, as_result);
    if (unread) co_return std::unexpected(unsent ? unsent : unread);
    keep_alive = !unsent && parser.get().keep_alive();
    co_return response_of(parser.release());
}

}  // namespace sillok
