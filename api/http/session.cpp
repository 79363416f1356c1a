#include "api/http/session.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/string.hpp>
#include <boost/beast/http/write.hpp>

#include <spdlog/spdlog.h>

#include <string_view>

namespace sillok::api {

namespace {

namespace beast = boost::beast;
using asio::ip::tcp;
using boost::system::error_code;
using std::chrono::steady_clock;

constexpr std::size_t read_bytes = 8u << 10;
// Read after a refusal, at most.
constexpr std::size_t linger_bytes_max = 4u << 20;
constexpr std::chrono::seconds linger_timeout{2};

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

auto result_in(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

bool has_body(const ResponseMessage& response) {
    return response.result() != http::status::no_content && response.result() != http::status::not_modified;
}

}  // namespace

asio::awaitable<void> Session::run() {
    error_code ignored;
    socket_.set_option(tcp::no_delay(true), ignored);

    for (bool keep_alive = true; keep_alive && !(stopping_ && buffer_.size() == 0);) {
        Parser parser;
        parser.header_limit(limits_.header_bytes_max);
        parser.body_limit(limits_.body_bytes_max);
        parser.eager(true);
        const auto error = co_await read_request(parser);
        if (error) {
            co_await refuse(parser, error);
            co_return;
        }
        const auto begun = steady_clock::now();
        const auto& request = parser.get();
        deadline_ = Deadline::max();
        auto response = co_await responder_.respond(request);
        if (!response) break;
        const auto body_bytes = response->body().size();
        keep_alive = request.keep_alive() && !stopping_;
        const bool written = co_await write(*response, &request, keep_alive);
        if (!written) co_return;
        spdlog::debug("{} {} {} {} bytes {} us", view(request.method_string()), view(request.target()),
                      response->result_int(), body_bytes,
                      std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - begun).count());
    }
    socket_.shutdown(tcp::socket::shutdown_send, ignored);
}

asio::awaitable<error_code> Session::read_request(Parser& parser) {
    error_code error;
    bool timed = false;
    bool continued = false;
    idle_ = buffer_.size() == 0;
    if (idle_) within(limits_.idle_timeout);
    while (true) {
        if (buffer_.size() > 0) {
            const auto used = parser.put(buffer_.data(), error);
            buffer_.consume(used);
            if (error == http::error::need_more) error = {};
            if (error || parser.is_done()) co_return error;
            if (!timed) within(limits_.request_timeout);
            timed = true;
        }
        if (parser.is_header_done() && !continued &&
            beast::iequals(parser.get()[http::field::expect], "100-continue")) {
            continued = true;
            constexpr std::string_view go_on = "HTTP/1.1 100 Continue\r\n\r\n";
            co_await asio::async_write(socket_, asio::buffer(go_on), result_in(error));
            if (error) co_return error;
        }
        const auto room = buffer_.prepare(read_bytes);
        const auto got = co_await socket_.async_read_some(room, result_in(error));
        if (error) co_return error;
        buffer_.commit(got);
        idle_ = false;
    }
}

asio::awaitable<void> Session::refuse(const Parser& parser, const error_code& error) {
    const bool gone =
        error.category() == asio::error::get_system_category() || error.category() == asio::error::get_misc_category();
    if (idle_ || (gone && !timed_out_)) co_return;

    auto response = responder_.refuse(timed_out_ ? error_code{asio::error::timed_out} : error, parser.get());
    if (!response) co_return;
    const bool written = co_await write(*response, parser.is_header_done() ? &parser.get() : nullptr, false);
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
