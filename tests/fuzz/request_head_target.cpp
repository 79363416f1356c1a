// Any bytes as the beginning of a connection: the guard refuses them, or the parser that reads them after it agrees
// with it about where the request ends. The target of a request that both accept is split, or refused.
#include "api/http/guard.hpp"
#include "api/http/request.hpp"
#include "tests/fuzz/must.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace http = boost::beast::http;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    using namespace sillok;
    constexpr std::size_t bytes_max = 16u << 10;
    const std::string_view received{reinterpret_cast<const char*>(data), size};
    const auto bytes = api::head_bytes(received, bytes_max);
    if (!bytes || *bytes == 0) return 0;
    must(*bytes <= size && *bytes <= bytes_max);
    const auto head = received.substr(0, *bytes);
    const auto checked = api::check_head(head);
    if (!checked) return 0;

    http::request_parser<http::string_body> parser;
    parser.header_limit(bytes_max);
    boost::system::error_code error;
    const auto used = parser.put(boost::asio::buffer(head.data(), head.size()), error);
    if (error) return 0;  // the parser may be stricter
    must(used == head.size() && parser.is_header_done());
    const auto& request = parser.get();
    must(request.version() == 10 || request.count(http::field::host) == 1);
    must(request.count(http::field::content_length) + request.count(http::field::transfer_encoding) <= 1);
    must(request.chunked() == (request.count(http::field::transfer_encoding) == 1));
    must(!request.chunked() || request.version() == 11);
    if (checked->repeats_a_list) {
        api::join_lists(parser.get());
        must(request.count(http::field::connection) <= 1 && request.count(http::field::if_match) <= 1);
    }
    const auto target = api::parse_target({request.target().data(), request.target().size()});
    must(!target || target->path.empty() || target->path.front() == '/');
    return 0;
}
