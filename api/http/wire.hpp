// Between HTTP messages and the API's own request and response.
#pragma once

#include "api/http/log_stamp.hpp"
#include "api/http/responder.hpp"
#include "api/http/response.hpp"

#include <boost/beast/http/verb.hpp>

#include <optional>
#include <string_view>

namespace sillok::api {

// The parts of a request that this API reads. They are views of the message. An absent header is empty; where an empty
// value is a mistake, or means something, an absent one is nothing.
struct WireRequest {
    http::verb verb = http::verb::unknown;
    std::string_view target;
    std::string_view body;
    bool has_body = false;  // also true where the head alone has been read and announces one
    std::string_view content_type;
    std::string_view content_encoding;
    std::optional<std::string_view> expect;  // nothing in HTTP/1.0, which has no expectations
    std::optional<std::string_view> idempotency_key;
    std::optional<std::string_view> if_match;
    std::optional<std::string_view> if_none_match;
    std::string_view prefer;
    std::optional<std::string_view> at_least;  // Sillok-At-Least
    std::optional<std::string_view> log;       // Sillok-Log
    std::string_view traceparent;
    std::string_view webhook_id;
    std::string_view webhook_timestamp;
    std::string_view webhook_signature;
};

// REQUIRES: the message outlives the result.
WireRequest wire_request(const RequestMessage& message);

// With Date, Sillok-Log, Sillok-Position, and the request's X-Request-Id.
ResponseMessage message_of(Response response, const RequestMessage& request, const LogStamp& log);

}  // namespace sillok::api
