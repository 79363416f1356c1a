#include "api/http/guard.hpp"

#include "api/http/field_text.hpp"
#include "eventstore/base/parse_number.hpp"

#include <boost/url/parse.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

namespace sillok::api {

namespace {

namespace http = boost::beast::http;

constexpr std::string_view line_end = "\r\n";

enum class Repeated : std::uint8_t { refused, joined };

struct KnownField {
    std::string_view name;  // in lower case
    Repeated repeated;
};

// The fields that Sillok reads, and whether they may be sent in several lines. Fields that are not here may be
// repeated: Sillok does not read them. Transfer-Encoding has rules of its own.
constexpr KnownField known_fields[] = {
    {"host", Repeated::refused},
    {"content-length", Repeated::refused},
    {"content-type", Repeated::refused},
    {"authorization", Repeated::refused},
    {"idempotency-key", Repeated::refused},
    {"sillok-at-least", Repeated::refused},
    {"sillok-log", Repeated::refused},
    {"webhook-id", Repeated::refused},
    {"webhook-timestamp", Repeated::refused},
    {"webhook-signature", Repeated::refused},
    {"traceparent", Repeated::refused},
    {"x-request-id", Repeated::refused},
    {"last-event-id", Repeated::refused},
    {"origin", Repeated::refused},
    {"cookie", Repeated::refused},
    {"if-modified-since", Repeated::refused},
    {"if-unmodified-since", Repeated::refused},
    {"if-range", Repeated::refused},
    {"range", Repeated::refused},
    {"if-match", Repeated::joined},
    {"if-none-match", Repeated::joined},
    {"prefer", Repeated::joined},
    {"accept", Repeated::joined},
    {"accept-encoding", Repeated::joined},
    {"accept-language", Repeated::joined},
    {"connection", Repeated::joined},
    {"content-encoding", Repeated::joined},
    {"expect", Repeated::joined},
    {"tracestate", Repeated::joined},
};

std::optional<std::size_t> index_of(std::string_view name) {
    for (std::size_t i = 0; i < std::size(known_fields); ++i)
        if (name.size() == known_fields[i].name.size() && equal_ignoring_case(name, known_fields[i].name)) return i;
    return std::nullopt;
}

// A character of a token (RFC 9110, 5.6.2): of a field's name or a method.
bool is_token(char c) {
    return (c >= '0' && c <= '9') || (lower(c) >= 'a' && lower(c) <= 'z') ||
           std::string_view{"!#$%&'*+-.^_`|~"}.find(c) != std::string_view::npos;
}

std::unexpected<Unreadable> refused(http::status status, std::string detail) {
    return std::unexpected(Unreadable{status, std::move(detail)});
}
std::unexpected<Unreadable> malformed(std::string detail) {
    return refused(http::status::bad_request, std::move(detail));
}

// What the framing of the body depends on.
struct Framing {
    bool is_1_0 = false;
    bool has_length = false;
    std::size_t transfer_encodings = 0;
    bool has_host = false;
};

std::expected<void, Unreadable> check_transfer_encoding(std::string_view value, Framing& framing) {
    if (framing.is_1_0) return malformed("Transfer-Encoding: HTTP/1.0 has none");
    if (++framing.transfer_encodings > 1 || !equal_ignoring_case(value, "chunked"))
        return refused(http::status::not_implemented, "Transfer-Encoding: only \"chunked\" is supported");
    return {};
}

std::expected<void, Unreadable> check_host(std::string_view value) {
    const auto parsed = boost::urls::parse_authority({value.data(), value.size()});
    if (!parsed || parsed->has_userinfo() || parsed->encoded_host().empty() ||
        !is_port({parsed->port().data(), parsed->port().size()}))
        return malformed("Host: must be a host and, if needed, a port");
    return {};
}

std::expected<void, Unreadable> check_content_length(std::string_view value) {
    if (value.empty() || !std::ranges::all_of(value, [](char c) { return c >= '0' && c <= '9'; }))
        return malformed("Content-Length: must be one number");
    return {};
}

std::expected<void, Unreadable> check_value(std::string_view name, std::string_view value, Framing& framing) {
    if (name == "content-length") {
        framing.has_length = true;
        return check_content_length(value);
    }
    if (name == "host") {
        framing.has_host = true;
        return check_host(value);
    }
    return {};
}

std::expected<void, Unreadable> check_framing(const Framing& framing) {
    if (framing.transfer_encodings > 0 && framing.has_length)
        return malformed("Content-Length and Transfer-Encoding exclude each other");
    if (!framing.is_1_0 && !framing.has_host) return malformed("Host: is missing");
    return {};
}

std::string_view take_line(std::string_view& rest) {
    const auto line = rest.substr(0, rest.find(line_end));
    rest.remove_prefix(line.size() + line_end.size());
    return line;
}

bool has_bare_line_feed(std::string_view text) {
    for (auto at = text.find('\n'); at != std::string_view::npos; at = text.find('\n', at + 1))
        if (at == 0 || text[at - 1] != '\r') return true;
    return false;
}

// Whether a line goes on in the next one, which begins with a blank (obs-fold of RFC 9112, 5.2).
bool is_folded(std::string_view lines) { return lines.contains("\r\n ") || lines.contains("\r\n\t"); }

}  // namespace

std::expected<std::size_t, Unreadable> head_bytes(std::string_view received, std::size_t bytes_max) {
    constexpr std::string_view end = "\r\n\r\n";
    const auto found = received.find(end);
    const bool whole = found != std::string_view::npos;
    const auto head = received.substr(0, whole ? found + end.size() : received.size());

    if (head.find(line_end) > request_line_bytes_max && head.size() > request_line_bytes_max)
        return refused(http::status::uri_too_long,
                       "the request line has more than " + std::to_string(request_line_bytes_max) + " bytes");
    if (has_bare_line_feed(head)) return malformed("a line ends without CR");
    if (head.size() > bytes_max)
        return refused(http::status::request_header_fields_too_large,
                       "the headers have more than " + std::to_string(bytes_max) + " bytes");
    return whole ? head.size() : 0;
}

std::expected<CheckedHead, Unreadable> check_head(std::string_view head) {
    if (is_folded(head)) return malformed("a header line begins with a blank");
    Framing framing{.is_1_0 = take_line(head).ends_with(" HTTP/1.0")};
    std::array<bool, std::size(known_fields)> seen{};
    CheckedHead checked;
    std::size_t lines = 0;
    for (auto line = take_line(head); !line.empty(); line = take_line(head)) {
        if (++lines > header_lines_max)
            return refused(http::status::request_header_fields_too_large,
                           "more than " + std::to_string(header_lines_max) + " header lines");
        const auto name = line.substr(0, line.find(':'));
        if (name.empty() || name.size() == line.size() || !std::ranges::all_of(name, is_token))
            return malformed("a header line has no valid name");
        const auto value = trimmed(line.substr(name.size() + 1));
        if (equal_ignoring_case(name, "transfer-encoding")) {
            if (const auto ok = check_transfer_encoding(value, framing); !ok) return std::unexpected(ok.error());
            continue;
        }
        const auto known = index_of(name);
        if (!known) continue;
        const auto& field = known_fields[*known];
        if (std::exchange(seen[*known], true)) {
            if (field.repeated == Repeated::refused) return malformed(std::string{name} + ": is given twice");
            checked.repeats_a_list = true;
        }
        if (const auto ok = check_value(field.name, value, framing); !ok) return std::unexpected(ok.error());
    }
    if (const auto ok = check_framing(framing); !ok) return std::unexpected(ok.error());
    return checked;
}

std::expected<void, Unreadable> check_trailer(std::string_view trailer, std::size_t bytes_max) {
    if (trailer.size() > bytes_max)
        return refused(http::status::request_header_fields_too_large,
                       "the trailer has more than " + std::to_string(bytes_max) + " bytes");
    if (is_folded(trailer)) return malformed("a trailer line begins with a blank");
    std::size_t lines = 0;
    while (!take_line(trailer).empty())
        if (++lines > header_lines_max)
            return refused(http::status::request_header_fields_too_large,
                           "more than " + std::to_string(header_lines_max) + " trailer lines");
    return {};
}

bool is_port(std::string_view text) { return text.empty() || parse_number<std::uint16_t>(text).has_value(); }

void join_lists(http::fields& fields) {
    for (const auto& field : known_fields) {
        if (field.repeated != Repeated::joined || fields.count(field.name) < 2) continue;
        std::string joined;
        const auto [first, last] = fields.equal_range(field.name);
        for (auto one = first; one != last; ++one) {
            if (!joined.empty()) joined += ", ";
            joined.append(one->value().data(), one->value().size());
        }
        fields.set(field.name, joined);
    }
}

}  // namespace sillok::api
