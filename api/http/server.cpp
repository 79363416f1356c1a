#include "api/http/server.hpp"

#include "api/backend.hpp"
#include "api/http/dispatcher.hpp"
#include "api/http/header_values.hpp"
#include "eventstore/base/thread_name.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/beast/http/write.hpp>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <atomic>
#include <ctime>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace sillok::api {

namespace {

namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;
using Parser = http::request_parser<http::string_body>;

constexpr std::size_t read_bytes = 8u << 10;
// What is still read from a client that was told to go, so that it gets to read the answer.
constexpr std::size_t linger_bytes_max = 4u << 20;
constexpr std::chrono::seconds linger_max{2};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

// IMF-fixdate, made once a second.
const std::string& date_now() {
    thread_local std::time_t made_at = 0;
    thread_local std::string text;
    if (const auto now = std::time(nullptr); now != made_at) {
        std::tm utc{};
        gmtime_r(&now, &utc);
        char buffer[32];
        text.assign(buffer, std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &utc));
        made_at = now;
    }
    return text;
}

Problem problem_of_reading(const error_code& error) {
    if (error == http::error::body_limit) return Problem{problems::body_too_large};
    if (error == http::error::header_limit) return Problem{problems::headers_too_large};
    return Problem{problems::malformed_request, error.message()};
}

}  // namespace

class Server::Listener {
   public:
    Listener(Backend& backend, ServerOptions options)
        : options_(std::move(options)),
          surface_(backend, options_.payments_webhook),
          io_(static_cast<int>(options_.io_threads)),
          control_(asio::make_strand(io_)),
          acceptor_(control_),
          room_(control_),
          tick_(control_) {
        const tcp::endpoint endpoint{asio::ip::make_address(options_.address), options_.port};
        acceptor_.open(endpoint.protocol());
        acceptor_.set_option(tcp::acceptor::reuse_address(true));
        acceptor_.bind(endpoint);
        acceptor_.listen(asio::socket_base::max_listen_connections);
        port_ = acceptor_.local_endpoint().port();
    }

    void run() {
        name_this_thread("http");
        auto accepting = accept_connections();
        auto watching = watch_deadlines();
        asio::co_spawn(control_, std::move(accepting), asio::detached);
        asio::co_spawn(control_, std::move(watching), asio::detached);
        std::vector<std::jthread> others;
        for (unsigned i = 1; i < options_.io_threads; ++i)
            others.emplace_back([this] {
                name_this_thread("http");
                io_.run();
            });
        io_.run();
    }

    void stop() {
        if (stopping_.exchange(true)) return;
        asio::post(control_, [this] { begin_to_stop(); });
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

   private:
    using Deadline = steady_clock::time_point;

    // One connection. Its coroutine owns it; all but the deadline is touched on its socket's executor only.
    struct Session {
        explicit Session(tcp::socket accepted) : socket(std::move(accepted)) {}

        void within(std::chrono::milliseconds time) { deadline = steady_clock::now() + time; }

        tcp::socket socket;
        beast::flat_buffer buffer;
        bool idle = true;  // between two requests
        bool timed_out = false;
        std::atomic<Deadline> deadline = Deadline::max();  // what the socket waits for is ended then
        std::uint64_t number = 0;
    };
    // Until it goes, the session can be found and told to stop.
    class Registration {
       public:
        Registration(Listener& listener, Session& session) : listener_(listener), session_(session) {
            listener_.enter(session_);
        }
        ~Registration() { listener_.leave(session_); }
        Registration(const Registration&) = delete;
        Registration& operator=(const Registration&) = delete;

       private:
        Listener& listener_;
        Session& session_;
    };

    asio::awaitable<void> accept_connections();
    // Looks now and then which sessions have waited too long: a deadline costs no timer of its own.
    asio::awaitable<void> watch_deadlines();
    void end_what_is_overdue(Deadline now);
    asio::awaitable<void> serve(tcp::socket socket);
    asio::awaitable<error_code> read_request(Session& session, Parser& parser);
    // False when the client is gone. The answer's body is moved away.
    asio::awaitable<bool> write_answer(Session& session, Response& answer,
                                       const http::request<http::string_body>* request, bool keep_alive);
    asio::awaitable<void> refuse(Session& session, Parser& parser, const error_code& error);

    void enter(Session& session);
    void leave(Session& session);
    void begin_to_stop();
    // Runs `what` for every session that is still there, each on its own executor.
    template <class What>
    void tell_sessions(What what);

    const ServerOptions options_;
    Dispatcher surface_;
    asio::io_context io_;
    std::atomic<bool> stopping_ = false;
    std::uint16_t port_ = 0;

    // Touched on this strand only: accepting, stopping, deadlines.
    asio::strand<asio::io_context::executor_type> control_;
    tcp::acceptor acceptor_;
    asio::steady_timer room_;  // cancelled when a connection ends
    asio::steady_timer tick_;  // of watch_deadlines; cancelled when the last connection has ended
    Deadline drained_by_ = Deadline::max();

    std::mutex mutex_;
    std::map<std::uint64_t, Session*> sessions_;  // guarded by mutex_
    std::uint64_t last_session_ = 0;              // guarded by mutex_
};

asio::awaitable<void> Server::Listener::accept_connections() {
    while (!stopping_) {
        bool full = false;
        {
            const std::scoped_lock lock{mutex_};
            full = sessions_.size() >= options_.connections_max;
        }
        error_code error;
        if (full) {
            room_.expires_after(std::chrono::hours{1});
            co_await room_.async_wait(asio::redirect_error(asio::use_awaitable, error));
            continue;
        }
        // With one thread there is nothing to serialise; with more each connection is a strand of its own.
        const asio::any_io_executor executor = options_.io_threads == 1 ? asio::any_io_executor{io_.get_executor()}
                                                                        : asio::any_io_executor{asio::make_strand(io_)};
        auto socket = co_await acceptor_.async_accept(executor, asio::redirect_error(asio::use_awaitable, error));
        if (stopping_) co_return;
        if (error) {  // out of descriptors, say: those who wait keep waiting in the kernel's queue
            spdlog::warn("cannot accept a connection: {}", error.message());
            room_.expires_after(std::chrono::milliseconds{100});
            co_await room_.async_wait(asio::redirect_error(asio::use_awaitable, error));
            continue;
        }
        auto session = serve(std::move(socket));
        asio::co_spawn(executor, std::move(session), asio::detached);
    }
}

asio::awaitable<void> Server::Listener::serve(tcp::socket socket) {
    Session session{std::move(socket)};
    const Registration registration{*this, session};
    error_code ignored;
    session.socket.set_option(tcp::no_delay(true), ignored);

    for (bool keep_alive = true; keep_alive && !(stopping_ && session.buffer.size() == 0);) {
        Parser parser;
        parser.header_limit(static_cast<std::uint32_t>(options_.header_bytes_max));
        parser.body_limit(options_.body_bytes_max);
        parser.eager(true);
        const auto error = co_await read_request(session, parser);
        if (error) {
            co_await refuse(session, parser, error);
            co_return;
        }
        const auto begun = steady_clock::now();
        const auto& request = parser.get();
        session.deadline = Deadline::max();
        const WireRequest wire{.verb = request.method(),
                               .target = view(request.target()),
                               .body = request.body(),
                               .content_type = view(request[http::field::content_type]),
                               .idempotency_key = view(request["Idempotency-Key"]),
                               .if_match = view(request[http::field::if_match]),
                               .if_none_match = view(request[http::field::if_none_match]),
                               .prefer = view(request[http::field::prefer]),
                               .at_least = view(request["Sillok-At-Least"]),
                               .traceparent = view(request["traceparent"]),
                               .webhook_id = view(request["webhook-id"]),
                               .webhook_timestamp = view(request["webhook-timestamp"]),
                               .webhook_signature = view(request["webhook-signature"])};
        auto answer = co_await surface_.answer(wire);
        const auto body_bytes = answer.body.size();
        keep_alive = request.keep_alive() && !stopping_;
        const bool written = co_await write_answer(session, answer, &request, keep_alive);
        if (!written) co_return;
        spdlog::debug("{} {} {} {} bytes {} us", view(request.method_string()), wire.target, answer.status, body_bytes,
                      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begun).count());
    }
    session.socket.shutdown(tcp::socket::shutdown_send, ignored);
}

// Reads one whole request. The first bytes may be long in coming, the rest may not.
asio::awaitable<error_code> Server::Listener::read_request(Session& session, Parser& parser) {
    error_code error;
    bool timed = false;
    bool told_to_go_on = false;
    session.idle = session.buffer.size() == 0;
    if (session.idle) session.within(options_.idle_max);
    while (true) {
        if (session.buffer.size() > 0) {
            const auto used = parser.put(session.buffer.data(), error);
            session.buffer.consume(used);
            if (error == http::error::need_more) error = {};
            if (error || parser.is_done()) co_return error;
            if (!timed) session.within(options_.request_max);
            timed = true;
        }
        if (parser.is_header_done() && !told_to_go_on &&
            beast::iequals(parser.get()[http::field::expect], "100-continue")) {
            told_to_go_on = true;
            constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            co_await asio::async_write(session.socket, asio::buffer(go_on),
                                       asio::redirect_error(asio::use_awaitable, error));
            if (error) co_return error;
        }
        const auto room = session.buffer.prepare(read_bytes);
        const auto got =
            co_await session.socket.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
        if (error) co_return error;
        session.buffer.commit(got);
        session.idle = false;
    }
}

// Says what is wrong with what came in, if anybody is there to hear it, and lets the client read it.
asio::awaitable<void> Server::Listener::refuse(Session& session, Parser& parser, const error_code& reason) {
    const bool gone = reason.category() == asio::error::get_system_category() ||
                      reason.category() == asio::error::get_misc_category();
    if (session.idle || (gone && !session.timed_out)) co_return;

    const auto problem = session.timed_out ? Problem{problems::request_timeout} : problem_of_reading(reason);
    auto answer = surface_.refuse(problem, view(parser.get().target()));
    const bool written =
        co_await write_answer(session, answer, parser.is_header_done() ? &parser.get() : nullptr, false);
    if (!written) co_return;
    error_code error;
    session.socket.shutdown(tcp::socket::shutdown_send, error);
    session.within(linger_max);
    session.buffer.consume(session.buffer.size());
    for (std::size_t read = 0; read < linger_bytes_max && !error;) {
        const auto room = session.buffer.prepare(read_bytes);
        const auto got =
            co_await session.socket.async_read_some(room, asio::redirect_error(asio::use_awaitable, error));
        read += got;
    }
}

asio::awaitable<bool> Server::Listener::write_answer(Session& session, Response& answer,
                                                     const http::request<http::string_body>* request, bool keep_alive) {
    http::response<http::string_body> response{http::int_to_status(answer.status), request ? request->version() : 11};
    response.set(http::field::date, date_now());
    if (!answer.content_type.empty()) response.set(http::field::content_type, answer.content_type);
    for (const auto& [name, value] : answer.headers) response.insert(name, value);
    if (answer.position) response.set("Sillok-Position", std::to_string(answer.position->value));
    if (request)
        if (const auto id = view((*request)["X-Request-Id"]); is_request_id(id)) response.set("X-Request-Id", id);
    response.keep_alive(keep_alive);

    // Neither a 204 nor a 304 has a body, nor a length of one.
    const bool has_body = answer.status != 204 && answer.status != 304;
    if (has_body) response.content_length(answer.body.size());
    const bool send_body = has_body && !(request && request->method() == http::verb::head);
    if (send_body) response.body() = std::move(answer.body);

    session.within(options_.write_max);
    error_code error;
    co_await http::async_write(session.socket, response, asio::redirect_error(asio::use_awaitable, error));
    co_return !error;
}

void Server::Listener::enter(Session& session) {
    const std::scoped_lock lock{mutex_};
    session.number = ++last_session_;
    sessions_.emplace(session.number, &session);
}

void Server::Listener::leave(Session& session) {
    const std::scoped_lock lock{mutex_};
    sessions_.erase(session.number);
    const bool was_full = sessions_.size() + 1 == options_.connections_max;
    const bool was_last = stopping_ && sessions_.empty();
    if (was_full || was_last)
        asio::post(control_, [this, was_last] {
            room_.cancel();
            if (was_last) tick_.cancel();
        });
}

template <class What>
void Server::Listener::tell_sessions(What what) {
    const std::scoped_lock lock{mutex_};
    for (const auto& [number, session] : sessions_)
        asio::post(session->socket.get_executor(), [this, number, what] {
            Session* found = nullptr;
            {
                const std::scoped_lock still{mutex_};
                if (const auto entry = sessions_.find(number); entry != sessions_.end()) found = entry->second;
            }
            if (found) what(*found);  // it cannot go meanwhile: it would do so on this executor
        });
}

asio::awaitable<void> Server::Listener::watch_deadlines() {
    const auto shortest = std::min({options_.idle_max, options_.request_max, options_.write_max, options_.drain_max});
    const auto tick = std::clamp(shortest / 4, std::chrono::milliseconds{10}, std::chrono::milliseconds{1'000});
    while (true) {
        {
            const std::scoped_lock lock{mutex_};
            if (stopping_ && sessions_.empty()) co_return;
        }
        tick_.expires_after(tick);
        error_code ignored;
        co_await tick_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        end_what_is_overdue(steady_clock::now());
    }
}

void Server::Listener::end_what_is_overdue(Deadline now) {
    if (now > drained_by_) {
        spdlog::warn("some connections did not end in time and are cut off");
        drained_by_ = Deadline::max();
        tell_sessions([](Session& session) { session.socket.close(); });
        return;
    }
    bool overdue = false;
    {
        const std::scoped_lock lock{mutex_};
        overdue =
            std::ranges::any_of(sessions_, [now](const auto& entry) { return entry.second->deadline.load() < now; });
    }
    if (!overdue) return;
    tell_sessions([now](Session& session) {
        if (session.deadline.load() >= now) return;
        session.timed_out = true;
        session.socket.cancel();
    });
}

void Server::Listener::begin_to_stop() {
    error_code ignored;
    acceptor_.close(ignored);
    drained_by_ = steady_clock::now() + options_.drain_max;
    room_.cancel();
    tick_.cancel();
    surface_.stop_waiting();
    tell_sessions([](Session& session) {
        if (session.idle) session.socket.cancel();
    });
}

Server::Server(Backend& backend, ServerOptions options)
    : listener_(std::make_unique<Listener>(backend, std::move(options))) {}
Server::~Server() = default;
void Server::run() { listener_->run(); }
void Server::stop() { listener_->stop(); }
std::uint16_t Server::port() const { return listener_->port(); }

}  // namespace sillok::api
