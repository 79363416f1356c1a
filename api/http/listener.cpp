#include "api/http/listener.hpp"

#include "eventstore/base/thread_name.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <spdlog/spdlog.h>
#include <sys/resource.h>

#include <algorithm>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace sillok::api {

namespace {

using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

// With the limit, where that is what is short.
std::string reason_of(const error_code& error) {
    rlimit files{};
    if (error != boost::system::errc::too_many_files_open || ::getrlimit(RLIMIT_NOFILE, &files) != 0)
        return error.message();
    return error.message() + " (at most " + std::to_string(files.rlim_cur) + ": ulimit -n)";
}

// The port may have been bound before another process listened on it.
void listen(tcp::acceptor& acceptor, const asio::ip::address& address, BoundPort port) {
    acceptor.assign(address.is_v6() ? tcp::v6() : tcp::v4(), port.release());
    error_code error;
    acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) throw std::runtime_error("cannot listen on " + address.to_string() + ": " + error.message());
}

}  // namespace

// While it lives, the session can be found and stopped.
class Listener::Registration {
   public:
    Registration(Listener& listener, Session& session, const asio::ip::address& client)
        : listener_(listener), client_(client), number_(listener.open_.add(session)) {}
    ~Registration() { listener_.on_end(listener_.open_.remove(number_, client_)); }
    Registration(const Registration&) = delete;
    Registration& operator=(const Registration&) = delete;

   private:
    Listener& listener_;
    const asio::ip::address client_;
    const std::uint64_t number_;
};

Listener::Listener(Responder& responder, ListenerOptions options, std::optional<BoundPort> port)
    : responder_(responder),
      options_(std::move(options)),
      io_(static_cast<int>(options_.io_threads)),
      control_(asio::make_strand(io_)),
      acceptor_(control_),
      room_(control_),
      tick_(control_) {
    listen(acceptor_, asio::ip::make_address(options_.address),
           port ? std::move(*port) : BoundPort{options_.address, options_.port});
    port_ = acceptor_.local_endpoint().port();
}

void Listener::run() {
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

void Listener::stop() {
    if (stopping_.exchange(true)) return;
    asio::post(control_, [this] { begin_to_stop(); });
}

void Listener::stop_at_once() {
    aborted_ = true;
    io_.stop();
}

asio::awaitable<void> Listener::accept_connections() {
    while (!stopping_) {
        error_code error;
        // With one thread there is nothing to serialise; with more, each connection has a strand of its own.
        const asio::any_io_executor executor = options_.io_threads == 1 ? asio::any_io_executor{io_.get_executor()}
                                                                        : asio::any_io_executor{asio::make_strand(io_)};
        auto socket = co_await acceptor_.async_accept(executor, asio::redirect_error(asio::use_awaitable, error));
        if (stopping_) co_return;
        if (error) {  // for example no descriptors are left: connections wait in the kernel's queue
            if (refused_++ == 0) spdlog::warn("cannot accept a connection: {}", reason_of(error));
            close_longest_waiting();
            room_.expires_after(options_.idle_client);
            co_await room_.async_wait(asio::redirect_error(asio::use_awaitable, error));
            continue;
        }
        if (const auto refused = std::exchange(refused_, 0); refused > 1)
            spdlog::warn("connections are accepted again, after {} that could not be", refused);
        co_await make_room();
        auto serving = serve(std::move(socket));
        asio::co_spawn(executor, std::move(serving), asio::detached);
    }
}

asio::awaitable<void> Listener::make_room() {
    while (connections() >= options_.connections_max && !stopping_) {
        close_longest_waiting();
        error_code error;  // cancelled when a connection ends
        room_.expires_after(options_.idle_client);
        co_await room_.async_wait(asio::redirect_error(asio::use_awaitable, error));
    }
}

void Listener::close_longest_waiting() {
    const auto now = steady_clock::now();
    if (const auto slowest = open_.longest_waiting(now - options_.idle_client, now - options_.slow_client))
        open_.for_one(*slowest, [](Session& session) { session.close(); });
}

asio::awaitable<void> Listener::serve(tcp::socket socket) {
    error_code error;
    const auto client = socket.remote_endpoint(error).address();
    if (error || !open_.admit(client, options_.connections_per_address_max)) co_return;
    Session session{std::move(socket), responder_, options_.session, stopping_};
    const Registration registration{*this, session, client};
    co_await session.run();
}

void Listener::on_end(std::size_t left) {
    if (aborted_) return;  // nobody waits for it, and the strand may be gone
    const bool was_full = left + 1 == options_.connections_max;
    const bool was_last = stopping_ && left == 0;
    if (was_full || was_last)
        asio::post(control_, [this, was_last] {
            room_.cancel();
            if (was_last) tick_.cancel();
        });
}

asio::awaitable<void> Listener::watch_deadlines() {
    const auto& limits = options_.session;
    const auto shortest =
        std::min({limits.idle_timeout, limits.request_timeout, limits.write_timeout, options_.drain_timeout});
    const auto tick = std::clamp(shortest / 4, std::chrono::milliseconds{10}, std::chrono::milliseconds{1'000});
    while (!stopping_ || connections() > 0) {
        tick_.expires_after(tick);
        error_code ignored;
        co_await tick_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        end_overdue(steady_clock::now());
    }
}

void Listener::end_overdue(Deadline now) {
    if (now > drained_by_) {
        spdlog::warn("some connections did not end in time and were closed");
        drained_by_ = Deadline::max();
        open_.for_each([](Session& session) { session.close(); });
        return;
    }
    if (open_.has_overdue(now)) open_.for_each([now](Session& session) { session.end_if_overdue(now); });
}

void Listener::begin_to_stop() {
    error_code ignored;
    acceptor_.close(ignored);
    drained_by_ = steady_clock::now() + options_.drain_timeout;
    room_.cancel();
    tick_.cancel();
    open_.for_each([](Session& session) { session.end_if_idle(); });
}

}  // namespace sillok::api
