#include "sagas/http_payments.hpp"

#include "sagas/money_json.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/parse.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>
#include <nlohmann/json.hpp>

#include <optional>
#include <unordered_set>
#include <utility>
#include <vector>

namespace sillok {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using nlohmann::json;
using SteadyTime = std::chrono::steady_clock::time_point;

constexpr auto as_result = asio::as_tuple(asio::use_awaitable);
constexpr int sends_max = 3;  // of one call, while connections are lost
constexpr std::size_t header_bytes_max = 8u << 10;
constexpr std::size_t reference_bytes_max = 255;

std::string encoded(std::string_view segment) { return boost::urls::encode(segment, boost::urls::unreserved_chars); }

}  // namespace

struct HttpPayments::Request {
    http::verb verb;
    std::string target;
    Uuid key;
    std::string body;
};

struct HttpPayments::Reply {
    http::status status;
    std::string body;
};

struct HttpPayments::Failure {
    enum class Kind : std::uint8_t { lost, timed_out, not_http };
    Kind kind;
    std::string what;
};

struct HttpPayments::Connection {
    explicit Connection(const asio::any_io_executor& executor) : stream(executor) {}
    beast::tcp_stream stream;
    beast::flat_buffer buffer;
};

// Who owns a connection: the call that uses it, or this while it is idle. Those in use are known, so that they
// can be cut.
class HttpPayments::Connections {
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

namespace {

std::string failure_text(const beast::error_code& error) { return fmt::format("no answer: {}", error.message()); }

// What a reply means; anything that is not exactly as agreed means nothing.
PaymentAnswer interpret(http::status status, const std::string& text, bool is_query) {
    const auto body = json::parse(text, nullptr, false);
    const auto result = static_cast<unsigned>(status);
    if (!body.is_object()) return Unknown{fmt::format("the provider answered {} without a JSON object", result)};
    const auto said = text_in(body, "status");
    const bool ok = status == http::status::ok || status == http::status::created;
    if (ok && said == "approved") {
        auto reference = text_in(body, "reference");
        if (!reference.empty() && reference.size() <= reference_bytes_max) return Approved{std::move(reference)};
    }
    if (said == "declined" && (is_query ? ok : status == http::status::payment_required))
        return Declined{text_in(body, "reason")};
    if (is_query && status == http::status::not_found && said == "not-received") return NotReceived{};
    return Unknown{fmt::format("the provider answered {} with status \"{:.40}\"", result, said)};
}

}  // namespace

std::expected<ProviderAddress, std::string> parse_provider_address(std::string_view url) {
    const auto parsed = boost::urls::parse_uri(url);
    if (!parsed) return std::unexpected(fmt::format("\"{}\" is not a URL", url));
    if (parsed->scheme() != "http")
        return std::unexpected(fmt::format("\"{}\": a payment provider is reached over http://", url));
    if (parsed->encoded_host().empty() || parsed->has_userinfo() || parsed->has_query() || parsed->has_fragment())
        return std::unexpected(fmt::format("\"{}\" must be http://host[:port][/path]", url));
    std::string path{parsed->encoded_path()};
    while (path.ends_with('/')) path.pop_back();
    const auto port = parsed->has_port() ? std::string{parsed->port()} : std::string{"80"};
    return ProviderAddress{parsed->host_address(), port, std::move(path)};
}

HttpPayments::HttpPayments(ProviderAddress address, HttpPaymentsLimits limits)
    : address_(std::move(address)), limits_(limits), connections_(std::make_unique<Connections>()) {}

HttpPayments::~HttpPayments() = default;

void HttpPayments::close() { connections_->close(); }

asio::awaitable<PaymentAnswer> HttpPayments::authorise(PaymentCall call) {
    const json body{
        {"orderId", call.order.value}, {"customerId", call.customer.value}, {"amount", money_json(call.amount)}};
    return ask({http::verb::post, "/authorisations", call.key, body.dump()});
}

asio::awaitable<PaymentAnswer> HttpPayments::capture(PaymentCall call) {
    const json body{{"orderId", call.order.value}, {"amount", money_json(call.amount)}};
    return ask({http::verb::post, "/authorisations/" + encoded(call.reference) + "/capture", call.key, body.dump()});
}

asio::awaitable<PaymentAnswer> HttpPayments::void_authorisation(PaymentCall call) {
    const json body{{"orderId", call.order.value}};
    return ask({http::verb::post, "/authorisations/" + encoded(call.reference) + "/void", call.key, body.dump()});
}

asio::awaitable<PaymentAnswer> HttpPayments::refund(PaymentCall call) {
    const json body{{"orderId", call.order.value}, {"reference", call.reference}, {"amount", money_json(call.amount)}};
    return ask({http::verb::post, "/refunds", call.key, body.dump()});
}

asio::awaitable<PaymentAnswer> HttpPayments::query(Uuid key) {
    return ask({http::verb::get, "/operations/" + key.text(), key, {}});
}

asio::awaitable<PaymentAnswer> HttpPayments::give_up(Uuid key) {
    return ask({http::verb::delete_, "/operations/" + key.text(), key, {}});
}

asio::awaitable<PaymentAnswer> HttpPayments::ask(Request request) {
    const bool is_query = request.verb != http::verb::post;
    const auto until = std::chrono::steady_clock::now() + limits_.call_ms;
    std::string failed;
    bool timed_out = false;
    for (int sent = 0; sent < sends_max && !timed_out; ++sent) {
        auto exchanged = co_await exchange(request, sent > 0, until);
        if (exchanged) co_return interpret(exchanged->status, exchanged->body, is_query);
        failed = exchanged.error().what;
        if (exchanged.error().kind == Failure::Kind::not_http) break;
        timed_out = exchanged.error().kind == Failure::Kind::timed_out;
    }
    if (!timed_out || is_query || connections_->closed()) co_return Unknown{std::move(failed)};
    auto outcome = co_await query(request.key);
    if (std::holds_alternative<Approved>(outcome) || std::holds_alternative<Declined>(outcome)) co_return outcome;
    co_return Unknown{std::move(failed)};
}

asio::awaitable<std::expected<HttpPayments::Reply, HttpPayments::Failure>> HttpPayments::exchange(
    const Request& request, bool fresh, SteadyTime until) {
    using Kind = Failure::Kind;
    const auto failure = [](const beast::error_code& error) {
        if (error == beast::error::timeout) return Failure{Kind::timed_out, failure_text(error)};
        const bool garbage = error.category() == http::make_error_code(http::error::bad_version).category() &&
                             error != http::error::end_of_stream && error != http::error::partial_message;
        return Failure{garbage ? Kind::not_http : Kind::lost, failure_text(error)};
    };
    if (connections_->closed()) co_return std::unexpected(Failure{Kind::not_http, "no answer: shutting down"});
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
    if (request.verb == http::verb::post) {
        message.set("Idempotency-Key", request.key.text());
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
