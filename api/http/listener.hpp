// Listens on one address and port, and runs a session (session.hpp) for each connection.
//
// Connections: at most `connections_max` at once. For one more, the connection is closed that has been idle for the
//              longest time, for at least `idle_client`; where none is, the one whose client has been waited for
//              longest, for at least `slow_client`. Where there is none, more wait in the kernel's queue. One address
//              that is not loopback has at most `connections_per_address_max`; its next ones are closed at once.
// Deadlines:   sessions are checked several times within the shortest timeout. A session has no timer of its own.
// Stop:        stop() closes the port and idle connections; responses in flight are finished and say
//              "Connection: close"; connections that are still open after `drain_timeout` are cut off.
//              stop_at_once() does not wait for anything.
// Threads:     run() works in the calling thread and in io_threads - 1 more. Any thread may stop.
#pragma once

#include "api/http/bound_port.hpp"
#include "api/http/open_sessions.hpp"
#include "api/http/responder.hpp"
#include "api/http/session.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/strand.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace sillok::api {

struct ListenerOptions {
    std::string address = "127.0.0.1";
    std::uint16_t port = 0;  // 0: any free one
    unsigned io_threads = 1;
    std::size_t connections_max = 4096;
    std::size_t connections_per_address_max = 256;  // 0: no limit
    // A connection may be closed for another one after this time without a request, or with an unfinished one. A client
    // that has just connected is about to send.
    std::chrono::milliseconds idle_client{50};
    std::chrono::milliseconds slow_client{1'000};
    std::chrono::milliseconds drain_timeout{10'000};  // from stop() to the last connection's end
    SessionLimits session{};
};

class Listener {
   public:
    // Listens from here on; responds once run() is called. Throws std::runtime_error with a sentence where it cannot
    // listen. `port`: the one of the options, if it is taken already. REQUIRES: the responder outlives the listener.
    Listener(Responder& responder, ListenerOptions options, std::optional<BoundPort> port = {});
    Listener(const Listener&) = delete;
    Listener& operator=(const Listener&) = delete;

    // Returns when it has been stopped and the last connection has ended. Call once.
    void run();
    void stop();
    // Sessions end where they are, without a response. The responder's coroutines end with the listener.
    void stop_at_once();

    // Of the threads that run(). What is spawned here is not waited for by stop(), only ended by stop_at_once().
    [[nodiscard]] asio::any_io_executor executor() { return io_.get_executor(); }
    [[nodiscard]] std::uint16_t port() const { return port_; }
    [[nodiscard]] std::size_t connections() const { return open_.size(); }

   private:
    using Deadline = Session::Deadline;
    class Registration;

    asio::awaitable<void> accept_connections();
    asio::awaitable<void> serve(asio::ip::tcp::socket socket);
    asio::awaitable<void> watch_deadlines();
    void end_overdue(Deadline now);
    void begin_to_stop();

    // Returns when there is room for one more connection, or the listener stops.
    asio::awaitable<void> make_room();
    void close_longest_waiting();
    // A session has ended; `left` are still open.
    void on_end(std::size_t left);

    Responder& responder_;
    const ListenerOptions options_;
    std::atomic<bool> stopping_ = false;
    std::atomic<bool> aborted_ = false;
    std::uint16_t port_ = 0;

    OpenSessions open_;
    asio::io_context io_;  // after all that its coroutines use

    // Touched on this strand only: accepting, stopping, deadlines.
    asio::strand<asio::io_context::executor_type> control_;
    asio::ip::tcp::acceptor acceptor_;
    asio::steady_timer room_;  // cancelled when a connection ends
    std::size_t refused_ = 0;  // in a row, by the system
    asio::steady_timer tick_;  // of watch_deadlines; cancelled when the last connection has ended
    Deadline drained_by_ = Deadline::max();
};

}  // namespace sillok::api
