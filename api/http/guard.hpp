// Checks the head of a request (its request line and its header lines) before the parser reads it. Pure.
//
// Why:     two programs that read one head differently disagree about where the next request begins, and a request can
//          be hidden in another's body. Beast 1.81 reads what RFC 9112 forbids: folded lines, a Transfer-Encoding that
//          is not "chunked", chunks in HTTP/1.0 (boostorg/beast #3096, #3098, #3100). It leaves Host to its user
//          (#3097).
// Sources: RFC 9112, sections 2.2 (empty line), 3 (request line), 3.2 (Host), 5.2 (folding), 6 (framing);
//          RFC 9110, sections 5.3 (repeated fields) and 8.6 (Content-Length).
#pragma once

#include "api/http/unreadable.hpp"

#include <boost/beast/http/fields.hpp>

#include <cstddef>
#include <expected>
#include <string_view>

namespace sillok::api {

constexpr std::size_t request_line_bytes_max = 8u << 10;
constexpr std::size_t header_lines_max = 100;
constexpr std::size_t chunk_extension_bytes_max = 256;  // of all chunks of one body

// The bytes of the head that `received` begins with, up to and including its empty line. 0: more bytes are needed.
// Refuses a head of more than `bytes_max` bytes, a longer request line than request_line_bytes_max, and a line that
// ends without CR, as soon as it can be seen.
std::expected<std::size_t, Unreadable> head_bytes(std::string_view received, std::size_t bytes_max);

struct CheckedHead {
    bool repeats_a_list = false;  // then join_lists() is to be called
};

// REQUIRES: `head` is one whole head, as head_bytes() measures it.
std::expected<CheckedHead, Unreadable> check_head(std::string_view head);

// A trailer: the lines behind a chunked body, with the empty line at their end. Its fields are not used, but a line
// that others read differently is refused, as in a head, and its limits are those of a head.
std::expected<void, Unreadable> check_trailer(std::string_view trailer, std::size_t bytes_max);

// Whether the text behind a host's ':' is a port: none, or 0 to 65535.
bool is_port(std::string_view text);

// Makes one field of a list that was sent in several lines (If-None-Match, Accept ...): the values, joined by ", ".
void join_lists(boost::beast::http::fields& fields);

}  // namespace sillok::api
