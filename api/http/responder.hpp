// Makes the responses to the requests of HTTP sessions (session.hpp). A session knows what HTTP is, a responder knows
// what the requests mean.
//
// Threads: sessions on several threads may call any member at once, if the listener has several threads.
#pragma once

#include "api/http/unreadable.hpp"

#include <boost/asio/awaitable.hpp>
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>

#include <optional>

namespace sillok::api {

namespace asio = boost::asio;
namespace http = boost::beast::http;

using RequestMessage = http::request<http::string_body>;
// Status, header fields and body. The session adds version, Connection and Content-Length, and leaves the body away
// where HTTP does not allow one.
using ResponseMessage = http::response<http::string_body>;

class Responder {
   public:
    Responder() = default;
    Responder(const Responder&) = delete;
    Responder& operator=(const Responder&) = delete;
    virtual ~Responder() = default;

    // Returns nothing where the connection is to be closed without a response. Does not throw.
    // REQUIRES: the request outlives the coroutine.
    virtual asio::awaitable<std::optional<ResponseMessage>> respond(const RequestMessage& request) = 0;

    // Asked before the client gets its 100 for a body that it announces with "Expect: 100-continue". `request` has no
    // body yet. Returns the response where the head alone decides that the request is refused; the session ends with
    // it. Returns nothing where the body is wanted. Does not throw.
    virtual std::optional<ResponseMessage> refuse_by_head(const RequestMessage& request) = 0;

    // The response to a request that could not be read; the session ends with it. `request` holds the part that was
    // read. Returns nothing where there is nothing to say.
    virtual std::optional<ResponseMessage> refuse(const Unreadable& why, const RequestMessage& request) = 0;
};

}  // namespace sillok::api
