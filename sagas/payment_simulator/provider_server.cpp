#include "sagas/payment_simulator/provider_server.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <optional>
#include <stdexcept>
#include <string_view>
#include <utility>

namespace sillok {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;
using asio::ip::tcp;
using Message = http::request<http::string_body>;
using Parser = http::request_parser<http::string_body>;

constexpr std::chrono::seconds linger_max{2};
constexpr std::size_t linger_bytes_max = 1u << 20;
constexpr auto as_result = asio::as_tuple(asio::use_awaitable);

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

ProviderHttpRequest request_of(const Message& message) {
    using Method = ProviderHttpRequest::Method;
    const auto method = message.method() == http::verb::get       ? Method::get
                        : message.method() == http::verb::post    ? Method::post
                        : message.method() == http::verb::delete_ ? Method::remove
                                                                  : Method::other;
    return {method, view(message.target()), view(message["Idempotency-Key"]), message.body()};
}

// What is answered to bytes that are no request within the limits; nothing where the caller is just gone.
std::optional<ProviderHttpResponse> refusal_of(const beast::error_code& error) {
    if (error == http::error::end_of_stream || error == http::error::partial_message) return std::nullopt;
    if (error == http::error::body_limit) return error_reply(413, "the body is too long");
    if (error == http::error::header_limit) return error_reply(431, "the headers are too long");
    if (error.category() == http::make_error_code(http::error::bad_version).category())
        return error_reply(400, "this is not HTTP/1.1");
    return std::nullopt;
}

}  // namespace

class ProviderServer::Listener {
   public:
    Listener(SimulatedProvider& provider, ProviderJournal* journal, ProviderServerOptions options)
        : provider_(provider), journal_(journal), options_(std::move(options)), acceptor_(context_) {
        const tcp::endpoint endpoint{asio::ip::make_address(options_.address), options_.port};
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(endpoint);
        acceptor_.listen(asio::socket_base::max_listen_connections);
        port_ = acceptor_.local_endpoint().port();
    }
    // Whoever waits for the journal does so in this context.
    ~Listener() {
        if (journal_ != nullptr) journal_->close();
    }
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    void run() {
        auto accepting = accept_connections();
        asio::co_spawn(context_, std::move(accepting), asio::detached);
        context_.run();
        if (journal_lost_) throw std::runtime_error("the ledger cannot be written any more");
    }
    void stop() { context_.stop(); }
    [[nodiscard]] std::uint16_t port() const { return port_; }

   private:
    // Counts a connection for as long as its coroutine lives.
    class Seat {
       public:
        explicit Seat(std::size_t& taken) : taken_(taken) { ++taken_; }
        ~Seat() { --taken_; }
        Seat(const Seat&) = delete;
        Seat& operator=(const Seat&) = delete;

       private:
        std::size_t& taken_;
    };

    asio::awaitable<void> accept_connections();
    asio::awaitable<void> pause(std::chrono::milliseconds duration);
    asio::awaitable<void> serve(tcp::socket socket);
    // False when the connection is over.
    asio::awaitable<bool> answer(beast::tcp_stream& stream, const Message& message);
    asio::awaitable<bool> write(beast::tcp_stream& stream, ProviderHttpResponse reply, unsigned version,
                                bool keep_alive);
    // Reads on for a while, so that a caller who is still sending gets to read the refusal.
    asio::awaitable<void> linger(beast::tcp_stream& stream);

    SimulatedProvider& provider_;
    ProviderJournal* const journal_;
    const ProviderServerOptions options_;
    std::uint16_t port_ = 0;
    bool journal_lost_ = false;
    std::size_t connections_ = 0;

    asio::io_context context_{1};  // after everything that its coroutines use
    tcp::acceptor acceptor_;
};

asio::awaitable<void> ProviderServer::Listener::pause(std::chrono::milliseconds duration) {
    asio::steady_timer timer{context_, duration};
    co_await timer.async_wait(as_result);
}

asio::awaitable<void> ProviderServer::Listener::accept_connections() {
    constexpr std::chrono::milliseconds glance{20};
    for (;;) {
        if (connections_ >= options_.connections_max) {
            co_await pause(glance);
            continue;
        }
        auto [error, socket] = co_await acceptor_.async_accept(as_result);
        if (error) {  // out of descriptors, say
            spdlog::warn("cannot accept a connection: {}", error.message());
            co_await pause(glance);
            continue;
        }
        auto session = serve(std::move(socket));
        asio::co_spawn(context_, std::move(session), asio::detached);
    }
}

asio::awaitable<void> ProviderServer::Listener::serve(tcp::socket socket) {
    const Seat seat{connections_};
    beast::error_code ignored;
    socket.set_option(tcp::no_delay{true}, ignored);
    beast::tcp_stream stream{std::move(socket)};
    beast::flat_buffer buffer;
    for (bool going_on = true; going_on;) {
        Parser parser;
        parser.header_limit(options_.header_bytes_max);
        parser.body_limit(options_.body_bytes_max);
        stream.expires_after(options_.request_max);
        const auto [error, bytes] = co_await http::async_read(stream, buffer, parser, as_result);
        if (error) {
            auto refusal = refusal_of(error);
            if (!refusal) co_return;
            co_await write(stream, *std::move(refusal), 11, false);
            co_await linger(stream);
            co_return;
        }
        const auto message = parser.release();
        going_on = co_await answer(stream, message);
    }
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<bool> ProviderServer::Listener::answer(beast::tcp_stream& stream, const Message& message) {
    auto reply = provider_.answer(request_of(message));
    spdlog::debug("{} {} {}{}", view(message.method_string()), view(message.target()), reply.status,
                  reply.answered ? "" : " (unanswered)");
    if (journal_ != nullptr) {
        if (reply.booked) journal_->append(*reply.booked);
        // Also what another call has booked and this one only tells of.
        const bool durable = co_await journal_->durable();
        if (!durable) {
            journal_lost_ = true;
            context_.stop();
            co_return false;
        }
    }
    if (reply.booked && options_.on_operation) options_.on_operation(*reply.booked);
    if (reply.wait.count() > 0) co_await pause(reply.wait);
    if (!reply.answered) co_return false;
    co_return co_await write(stream, std::move(reply), message.version(), message.keep_alive());
}

asio::awaitable<bool> ProviderServer::Listener::write(beast::tcp_stream& stream, ProviderHttpResponse reply,
                                                      unsigned version, bool keep_alive) {
    http::response<http::string_body> response{http::int_to_status(reply.status), version};
    response.set(http::field::content_type, "application/json");
    response.keep_alive(keep_alive);
    response.body() = std::move(reply.body);
    response.prepare_payload();
    stream.expires_after(options_.write_max);
    const auto [error, bytes] = co_await http::async_write(stream, response, as_result);
    co_return !error && keep_alive;
}

asio::awaitable<void> ProviderServer::Listener::linger(beast::tcp_stream& stream) {
    beast::error_code ignored;
    stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
    stream.expires_after(linger_max);
    std::array<char, 4'096> bytes;
    for (std::size_t read = 0; read < linger_bytes_max;) {
        const auto [error, count] = co_await stream.async_read_some(asio::buffer(bytes), as_result);
        if (error) co_return;
        read += count;
    }
}

ProviderServer::ProviderServer(SimulatedProvider& provider, ProviderJournal* journal, ProviderServerOptions options)
    : listener_(std::make_unique<Listener>(provider, journal, std::move(options))) {}
ProviderServer::~ProviderServer() = default;
void ProviderServer::run() { listener_->run(); }
void ProviderServer::stop() { listener_->stop(); }
std::uint16_t ProviderServer::port() const { return listener_->port(); }

}  // namespace sillok
