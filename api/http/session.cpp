#include "api/http/session.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/write.hpp>

#include <string_view>

namespace sillok::api {

namespace {

namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr std::size_t read_bytes = 8u << 10;
constexpr std::size_t line_end_bytes = 2;
// Read after a refusal, at most.
constexpr std::size_t linger_bytes_max = 4u << 20;
constexpr std::chrono::seconds linger_timeout{2};

auto result_in(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

bool has_body(const ResponseMessage& response) {
    return response.result() != http::status::no_content && response.result() != http::status::not_modified;
}

Unreadable unreadable(const error_code& error) {
    if (error == http::error::body_limit) return {http::status::payload_too_large, {}};
    if (error == http::error::header_limit) return {http::status::request_header_fields_too_large, {}};
    return {http::status::bad_request, error.message()};
}

}  // namespace

asio::awaitable<void> Session::run() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);

    for (bool keep_alive = true; keep_alive && !(stopping_ && buffer_.size() == 0);) {
        std::size_t extension_bytes = 0;  // of all chunks; nobody reads them
        auto check_chunk = [&](std::uint64_t size, beast::string_view extension, error_code& error) {
            extension_bytes += extension.size();
            if (size == 0) trailer_ = extension.data() + extension.size() + line_end_bytes;
            if (extension_bytes > chunk_extension_bytes_max) error = http::error::bad_chunk_extension;
        };
        Parser parser;
        parser.header_limit(limits_.header_bytes_max);
        parser.body_limit(limits_.body_bytes_max);
        parser.on_chunk_header(check_chunk);
        const auto& request = parser.get();
        auto reading = read_request(parser);
        auto read = co_await std::move(reading);
        if (!read) {
            if (read.error()) co_await end_with(std::move(*read.error()), parser.is_header_done() ? &request : nullptr);
            co_return;
        }
        deadline_ = Deadline::max();
        waits_since_ = Deadline::max();
        auto response = co_await responder_.respond(request);
        if (!response) break;
        keep_alive = request.keep_alive() && !stopping_;
        const bool written = co_await write(*response, &request, keep_alive);
        if (!written) co_return;
    }
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

Session::OrLast<void> Session::read_request(Parser& parser) {
    const auto head = co_await read_head(parser);
    if (!head) co_return std::unexpected(head.error());
    error_code error;
    buffer_.consume(parser.put(buffer_.data(), error));
    if (error) co_return std::unexpected(responder_.refuse(unreadable(error), parser.get()));
    if (head->repeats_a_list) join_lists(parser.get());
    if (const auto met = co_await meet_expectation(parser); !met) co_return std::unexpected(met.error());
    co_return co_await read_body(parser);
}

Session::OrLast<void> Session::read_body(Parser& parser) {
    // A chunked body may end with a trailer, and Beast adds its fields to those of the head. They have not been
    // checked, so the head's are kept alone (RFC 9110, 6.5.1: a recipient may discard a trailer).
    std::optional<http::fields> head_fields;
    if (parser.get().chunked()) head_fields = parser.get().base();
    parser.eager(true);
    while (!parser.is_done()) {
        if (buffer_.size() == 0)
            if (const auto more = co_await read_more(parser); !more) co_return std::unexpected(more.error());
        error_code error;
        trailer_ = nullptr;
        const auto* const begin = static_cast<const char*>(buffer_.data().data());
        const auto used = parser.put(buffer_.data(), error);
        if (error && error != http::error::need_more)
            co_return std::unexpected(responder_.refuse(unreadable(error), parser.get()));
        if (trailer_)
            if (const auto ok = check_trailer({trailer_, begin + used}, limits_.header_bytes_max); !ok)
                co_return std::unexpected(responder_.refuse(ok.error(), parser.get()));
        buffer_.consume(used);
        if (parser.is_done() || buffer_.size() == 0) continue;
        // What the parser leaves is the beginning of a chunk's head or of the trailer.
        if (buffer_.size() > limits_.header_bytes_max)
            co_return std::unexpected(responder_.refuse(unreadable(http::error::header_limit), parser.get()));
        if (const auto more = co_await read_more(parser); !more) co_return std::unexpected(more.error());
    }
    if (head_fields) static_cast<http::fields&>(parser.get()) = std::move(*head_fields);
    co_return std::expected<void, LastResponse>{};
}

Session::OrLast<CheckedHead> Session::read_head(const Parser& parser) {
    idle_ = buffer_.size() == 0;
    within(idle_ ? limits_.idle_timeout : limits_.request_timeout);
    bool skipped = false;
    while (true) {
        std::string_view received{static_cast<const char*>(buffer_.data().data()), buffer_.size()};
        // Some clients end a body with an empty line that is not counted (RFC 9112, 2.2).
        if (!skipped && received.starts_with("\r\n")) {
            skipped = true;
            buffer_.consume(2);
            received.remove_prefix(2);
        }
        const auto bytes = head_bytes(received, limits_.header_bytes_max);
        if (!bytes) co_return std::unexpected(responder_.refuse(bytes.error(), parser.get()));
        if (*bytes > 0) {
            auto checked = check_head(received.substr(0, *bytes));
            if (!checked) co_return std::unexpected(responder_.refuse(checked.error(), parser.get()));
            co_return *checked;
        }
        const bool was_idle = idle_;
        if (const auto more = co_await read_more(parser); !more) co_return std::unexpected(more.error());
        if (was_idle) within(limits_.request_timeout);
    }
}

Session::OrLast<void> Session::meet_expectation(const Parser& parser) {
    const auto& request = parser.get();
    if (request.version() < 11 || request.count(http::field::expect) == 0)
        co_return std::expected<void, LastResponse>{};
    if (auto refused = responder_.refuse_by_head(request)) co_return std::unexpected(std::move(refused));
    if (parser.is_done()) co_return std::expected<void, LastResponse>{};
    constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
    error_code error;
    co_await asio::async_write(socket_, asio::buffer(go_on), result_in(error));
    if (error) co_return std::unexpected(LastResponse{});
    co_return std::expected<void, LastResponse>{};
}

Session::OrLast<void> Session::read_more(const Parser& parser) {
    error_code error;
    const auto room = buffer_.prepare(read_bytes);
    const auto got = co_await socket_.async_read_some(room, result_in(error));
    if (!error) {
        buffer_.commit(got);
        idle_ = false;
        co_return std::expected<void, LastResponse>{};
    }
    if (idle_ || !timed_out_) co_return std::unexpected(LastResponse{});
    co_return std::unexpected(responder_.refuse({http::status::request_timeout, {}}, parser.get()));
}

asio::awaitable<void> Session::end_with(ResponseMessage response, const RequestMessage* request) {
    const bool written = co_await write(response, request, false);
    if (!written) co_return;
    error_code ended;
    socket_.shutdown(tcp::socket::shutdown_send, ended);
    within(linger_timeout);
    buffer_.consume(buffer_.size());
    for (std::size_t read = 0; read < linger_bytes_max && !ended;) {
        const auto room = buffer_.prepare(read_bytes);
        const auto got = co_await socket_.async_read_some(room, result_in(ended));
        read += got;
    }
}

asio::awaitable<bool> Session::write(ResponseMessage& response, const RequestMessage* request, bool keep_alive) {
    response.version(request ? request->version() : 11);
    response.keep_alive(keep_alive);
    if (has_body(response)) {
        response.content_length(response.body().size());
        if (request && request->method() == http::verb::head) response.body().clear();
    }
    within(limits_.write_timeout);
    error_code error;
    co_await http::async_write(socket_, response, result_in(error));
    co_return !error;
}

void Session::within(std::chrono::milliseconds limit) {
    const auto now = steady_clock::now();
    waits_since_ = now;
    deadline_ = now + limit;
}

void Session::end_if_overdue(Deadline now) {
    if (!is_overdue(now)) return;
    timed_out_ = true;
    socket_.cancel();
}

void Session::end_if_idle() {
    if (idle_) socket_.cancel();
}

void Session::close() { socket_.close(); }

}  // namespace sillok::api
