#include "api/http/wire.hpp"

#include "api/http/header_values.hpp"

#include <ctime>
#include <string>
#include <utility>

namespace sillok::api {

namespace {

std::string_view view(boost::beast::string_view text) { return {text.data(), text.size()}; }

// Nothing where the message has no such field, as opposed to an empty one.
std::optional<std::string_view> field_in(const RequestMessage& message, boost::beast::string_view name) {
    const auto found = message.find(name);
    if (found == message.end()) return std::nullopt;
    return view(found->value());
}

// IMF-fixdate, formatted once a second.
const std::string& date_now() {
    thread_local std::time_t formatted_at = 0;
    thread_local std::string text;
    if (const auto now = std::time(nullptr); now != formatted_at) {
        std::tm utc{};
        gmtime_r(&now, &utc);
        char buffer[32];
        text.assign(buffer, std::strftime(buffer, sizeof buffer, "%a, %d %b %Y %H:%M:%S GMT", &utc));
        formatted_at = now;
    }
    return text;
}

}  // namespace

WireRequest wire_request(const RequestMessage& message) {
    return {.verb = message.method(),
            .target = view(message.target()),
            .body = message.body(),
            .has_body = !message.body().empty(),
            .content_type = view(message[http::field::content_type]),
            .content_encoding = view(message[http::field::content_encoding]),
            .expect = message.version() < 11 ? std::nullopt : field_in(message, "Expect"),
            .idempotency_key = field_in(message, "Idempotency-Key"),
            .if_match = field_in(message, "If-Match"),
            .if_none_match = field_in(message, "If-None-Match"),
            .prefer = view(message[http::field::prefer]),
            .at_least = field_in(message, "Sillok-At-Least"),
            .log = field_in(message, "Sillok-Log"),
            .traceparent = view(message["traceparent"]),
            .webhook_id = view(message["webhook-id"]),
            .webhook_timestamp = view(message["webhook-timestamp"]),
            .webhook_signature = view(message["webhook-signature"])};
}

ResponseMessage message_of(Response response, const RequestMessage& request, const LogStamp& log) {
    ResponseMessage message{http::int_to_status(response.status), 11};
    message.set(http::field::date, date_now());
    if (!response.content_type.empty()) message.set(http::field::content_type, response.content_type);
    for (const auto& [name, value] : response.headers) message.insert(name, value);
    message.set("Sillok-Log", log.header());
    if (response.position) message.set("Sillok-Position", std::to_string(response.position->value));
    if (const auto id = view(request["X-Request-Id"]); is_request_id(id)) message.set("X-Request-Id", id);
    message.body() = std::move(response.body);
    return message;
}

}  // namespace sillok::api
