#include "tests/api/http_client.hpp"

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <cctype>
#include <chrono>

namespace sillok::test {

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;

namespace {

constexpr std::chrono::seconds answer_max{10};

std::string lower(beast::string_view text) {
    std::string result;
    for (const char c : text) result += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return result;
}

}  // namespace

class HttpClient::Connection {
   public:
    explicit Connection(std::uint16_t port) : endpoint_(asio::ip::make_address("127.0.0.1"), port), stream_(io_) {}

    Reply exchange(const http::request<http::string_body>& request) {
        const bool fresh = !stream_.socket().is_open();
        if (fresh) connect();
        auto [reply, error] = try_exchange(request);
        if (error && !fresh) {  // the server has closed an idle connection: that may happen to anybody
            close();
            connect();
            std::tie(reply, error) = try_exchange(request);
        }
        if (error) throw boost::system::system_error(error);
        return reply;
    }

   private:
    void connect() {
        stream_.connect(endpoint_);
        stream_.socket().set_option(tcp::no_delay(true));
    }
    void close() {
        error_code ignored;
        stream_.socket().close(ignored);
        buffer_.clear();
    }

    // Runs the asynchronous operation to its end: only those have a time limit.
    void finish() {
        io_.restart();
        io_.run();
    }

    std::pair<Reply, error_code> try_exchange(const http::request<http::string_body>& request) {
        error_code error;
        stream_.expires_after(answer_max);
        http::async_write(stream_, request, [&error](error_code result, std::size_t) { error = result; });
        finish();
        http::response_parser<http::string_body> parser;
        parser.body_limit(64u << 20);
        if (request.method() == http::verb::head) parser.skip(true);
        // An error while writing may be an early answer: it is read all the same.
        error_code read_error;
        http::async_read(stream_, buffer_, parser,
                         [&read_error](error_code result, std::size_t) { read_error = result; });
        finish();
        if (read_error) {
            close();
            return {Reply{}, error ? error : read_error};
        }
        Reply reply{.status = parser.get().result_int(), .headers = {}, .body = std::move(parser.get().body())};
        for (const auto& field : parser.get())
            reply.headers.emplace(lower(field.name_string()), std::string{field.value()});
        if (!parser.get().keep_alive()) close();
        return {reply, {}};
    }

    tcp::endpoint endpoint_;
    asio::io_context io_;
    beast::tcp_stream stream_;
    beast::flat_buffer buffer_;
};

HttpClient::HttpClient(std::uint16_t port) : connection_(std::make_unique<Connection>(port)) {}
HttpClient::~HttpClient() = default;
HttpClient::HttpClient(HttpClient&&) noexcept = default;
HttpClient& HttpClient::operator=(HttpClient&&) noexcept = default;

Reply HttpClient::send(std::string_view method, std::string_view target, std::string body, const Headers& headers) {
    http::request<http::string_body> request;
    request.method_string({method.data(), method.size()});
    request.target({target.data(), target.size()});
    request.version(11);
    request.set(http::field::host, "localhost");
    for (const auto& [name, value] : headers) request.set(name, value);
    const bool has_body = !body.empty();
    request.body() = std::move(body);
    if (has_body || method == "POST") request.content_length(request.body().size());
    return connection_->exchange(request);
}

Reply HttpClient::post(std::string_view target, const nlohmann::json& body, Headers headers) {
    headers.emplace_back("Content-Type", "application/json");
    return send("POST", target, body.dump(), headers);
}

Reply HttpClient::patch(std::string_view target, const nlohmann::json& body, Headers headers) {
    headers.emplace_back("Content-Type", "application/json");
    return send("PATCH", target, body.dump(), headers);
}

std::string exchange_bytes(std::uint16_t port, std::string_view bytes) {
    asio::io_context io;
    tcp::socket socket{io};
    socket.connect({asio::ip::make_address("127.0.0.1"), port});
    error_code error;
    asio::write(socket, asio::buffer(bytes), error);
    std::string answer;
    asio::read(socket, asio::dynamic_buffer(answer), error);
    return answer;
}

}  // namespace sillok::test
