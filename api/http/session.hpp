// One HTTP/1.1 connection: reads requests, asks a responder, writes the responses in the order of the requests.
//
// Keeps:   the connection open after a response, as HTTP/1.1 says. Requests may be pipelined. "Expect: 100-continue"
//          gets its 100 unless the responder refuses the request by its head.
// Refuses: what the guard (guard.hpp) or the parser cannot read. The connection then ends.
// Limits:  bytes of the headers and of the body, and the time a client may take (SessionLimits).
// Threads: a session lives on its socket's executor. is_overdue() and waits_for_client() may be called from any
//          thread, the rest only there.
#pragma once

#include "api/http/guard.hpp"
#include "api/http/responder.hpp"

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>

#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>

namespace sillok::api {

struct SessionLimits {
    std::uint32_t header_bytes_max = 16u << 10;
    std::uint64_t body_bytes_max = 4u << 20;            // of the largest order, with each character escaped
    std::chrono::milliseconds idle_timeout{60'000};     // between two requests
    std::chrono::milliseconds request_timeout{15'000};  // from a request's first byte to its last
    std::chrono::milliseconds write_timeout{15'000};    // for the client to take a response
};

class Session {
   public:
    using Deadline = std::chrono::steady_clock::time_point;

    // REQUIRES: all that is referred to outlives the session. Once `stopping` is true no further request is read.
    Session(asio::ip::tcp::socket socket, Responder& responder, const SessionLimits& limits,
            const std::atomic<bool>& stopping)
        : socket_(std::move(socket)), responder_(responder), limits_(limits), stopping_(stopping) {}
    Session(const Session&) = delete;
    Session& operator=(const Session&) = delete;

    // Serves until the connection ends.
    asio::awaitable<void> run();

    [[nodiscard]] asio::any_io_executor executor() { return socket_.get_executor(); }
    // Whether the client has taken longer than it may.
    [[nodiscard]] bool is_overdue(Deadline now) const { return deadline_.load() < now; }
    // The wait for the client, to send or to read.
    struct Wait {
        Deadline since;  // Deadline::max() while the responder works
        bool is_idle;    // no byte of the next request has been read yet
    };
    [[nodiscard]] Wait waits_for_client() const { return {waits_since_, idle_}; }

    void end_if_overdue(Deadline now);
    void end_if_idle();
    void close();

   private:
    using Parser = http::request_parser<http::string_body>;

    // A request that was not read: the last response of the connection, or nothing where nobody waits for one.
    using LastResponse = std::optional<ResponseMessage>;
    template <class T>
    using OrLast = asio::awaitable<std::expected<T, LastResponse>>;

    // The client is waited for from now on, at most as long as the limit.
    void within(std::chrono::milliseconds limit);
    OrLast<void> read_request(Parser& parser);
    OrLast<CheckedHead> read_head(const Parser& parser);
    OrLast<void> read_body(Parser& parser);
    // Responds to "Expect": 100 where the body is still to come, or the responder's refusal.
    OrLast<void> meet_expectation(const Parser& parser);
    OrLast<void> read_more(const Parser& parser);

    // Returns false when the client is gone.
    asio::awaitable<bool> write(ResponseMessage& response, const RequestMessage* request, bool keep_alive);
    // Writes the last response, and reads on for a while, so that the client can read it.
    asio::awaitable<void> end_with(ResponseMessage response, const RequestMessage* request);

    asio::ip::tcp::socket socket_;
    Responder& responder_;
    const SessionLimits& limits_;
    const std::atomic<bool>& stopping_;

    boost::beast::flat_buffer buffer_;
    const char* trailer_ = nullptr;  // where the trailer begins in buffer_; set by the put() that reads all of it
    std::atomic<Deadline> deadline_ = Deadline::max();
    std::atomic<Deadline> waits_since_ = std::chrono::steady_clock::now();
    std::atomic<bool> idle_ = true;
    bool timed_out_ = false;
};

}  // namespace sillok::api
