#include "api/http/header_values.hpp"

#include "api/http/field_text.hpp"
#include "eventstore/base/parse_number.hpp"

#include <algorithm>

namespace sillok::api {

namespace {

constexpr std::string_view late_mark = ".late";

// Takes the part before the next separator off the front of `rest`.
std::string_view next_part(std::string_view& rest, char separator) {
    const auto end = rest.find(separator);
    const auto part = rest.substr(0, end);
    rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
    return trimmed(part);
}

bool is_printable(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= 0x20 && c <= 0x7e; });
}

}  // namespace

std::string etag_of(Version version) { return "\"v" + std::to_string(version.value) + '"'; }

std::string etag_of(Version version, std::uint64_t beside) {
    return "\"v" + std::to_string(version.value) + '.' + std::to_string(beside) + '"';
}

std::string late_etag_of(Version version, std::uint64_t beside) {
    return "\"v" + std::to_string(version.value) + '.' + std::to_string(beside) + std::string{late_mark} + '"';
}

std::optional<Version> version_in(std::string_view etag) {
    etag = trimmed(etag);
    if (!etag.starts_with("\"v") || !etag.ends_with('"') || etag.size() < 4) return std::nullopt;
    etag = etag.substr(2, etag.size() - 3);
    if (etag.ends_with(late_mark)) etag.remove_suffix(late_mark.size());
    const auto dot = etag.find('.');
    if (dot != std::string_view::npos && !parse_number<std::uint64_t>(etag.substr(dot + 1))) return std::nullopt;
    const auto number = parse_number<std::uint64_t>(etag.substr(0, dot));
    return number ? std::optional{Version{*number}} : std::nullopt;
}

std::vector<Version> versions_in(std::string_view if_match) {
    std::vector<Version> versions;
    while (!if_match.empty())
        if (const auto version = version_in(next_part(if_match, ','))) versions.push_back(*version);
    return versions;
}

bool has_any(std::string_view if_match) { return trimmed(if_match) == "*"; }

bool holds(std::string_view if_none_match, std::string_view etag) {
    while (!if_none_match.empty()) {
        auto one = next_part(if_none_match, ',');
        if (one.starts_with("W/")) one.remove_prefix(2);
        if (one == "*" || one == etag) return true;
    }
    return false;
}

std::optional<std::chrono::seconds> wait_in(std::string_view prefer) {
    while (!prefer.empty()) {
        auto preference = next_part(prefer, ',');
        auto token = next_part(preference, ';');
        const auto name = next_part(token, '=');
        if (!equal_ignoring_case(name, "wait")) continue;
        const auto seconds = parse_number<std::uint64_t>(trimmed(token));
        if (!seconds) return std::nullopt;
        return std::min(std::chrono::seconds{std::min<std::uint64_t>(*seconds, 3600)}, wait_max);
    }
    return std::nullopt;
}

std::optional<std::string> idempotency_key_in(std::string_view value) {
    value = trimmed(value);
    if (value.starts_with('"') || value.ends_with('"')) {
        if (value.size() < 2 || !value.starts_with('"') || !value.ends_with('"')) return std::nullopt;
        value = value.substr(1, value.size() - 2);
        if (value.contains('"')) return std::nullopt;
    }
    if (value.empty() || value.size() > idempotency_key_length_max || !is_printable(value)) return std::nullopt;
    return std::string{value};
}

std::optional<Uuid> trace_in(std::string_view traceparent) {
    // version "-" trace-id "-" parent-id "-" flags, with room for what later versions add
    if (traceparent.size() < 55 || traceparent[2] != '-' || traceparent[35] != '-' || traceparent.starts_with("ff"))
        return std::nullopt;
    Uuid trace;
    for (std::size_t i = 0; i < trace.bytes.size(); ++i) {
        const auto byte = parse_number<std::uint8_t>(traceparent.substr(3 + 2 * i, 2), 16);
        if (!byte) return std::nullopt;
        trace.bytes[i] = *byte;
    }
    if (trace.is_nil()) return std::nullopt;
    return trace;
}

std::string trace_text(const Uuid& trace) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(2 * trace.bytes.size());
    for (const auto byte : trace.bytes) {
        text += digits[byte >> 4];
        text += digits[byte & 15];
    }
    return text;
}

bool is_request_id(std::string_view value) {
    return !value.empty() && value.size() <= request_id_length_max && is_printable(value);
}

bool is_continue(std::string_view expect) { return equal_ignoring_case(trimmed(expect), "100-continue"); }

bool is_identity(std::string_view content_encoding) {
    return equal_ignoring_case(trimmed(content_encoding), "identity");
}

bool is_json(std::string_view content_type) {
    if (!equal_ignoring_case(next_part(content_type, ';'), "application/json")) return false;
    while (!content_type.empty()) {
        auto parameter = next_part(content_type, ';');
        const auto name = next_part(parameter, '=');
        if (!equal_ignoring_case(name, "charset")) continue;
        if (parameter.starts_with('"') && parameter.ends_with('"') && parameter.size() >= 2)
            parameter = parameter.substr(1, parameter.size() - 2);
        if (!equal_ignoring_case(parameter, "utf-8")) return false;
    }
    return true;
}

}  // namespace sillok::api
