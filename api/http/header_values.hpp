// Parses the values of request headers, and makes entity tags. Pure.
#pragma once

#include "eventstore/base/uuid.hpp"
#include "eventstore/position.hpp"

#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok::api {

constexpr std::chrono::seconds wait_max{60};
constexpr std::size_t idempotency_key_length_max = 255;
constexpr std::size_t request_id_length_max = 128;

// A resource's entity tag begins with its stream's version: "v17". If a representation also shows other streams (an
// order shows its delivery), a second number distinguishes them: "v17.4711".
std::string etag_of(Version version);
std::string etag_of(Version version, std::uint64_t beside);
// For an order that is paid later (pay_later.hpp): "v17.4711.late".
std::string late_etag_of(Version version, std::uint64_t beside);

// Returns the version in one entity tag, or nothing for a weak tag, a list, or a tag that this program never makes.
std::optional<Version> version_in(std::string_view etag);
// The versions in an If-Match value, which is a list of entity tags. Tags that have no version are left out.
std::vector<Version> versions_in(std::string_view if_match);
// Whether an If-Match value is '*'.
bool has_any(std::string_view if_match);
// Whether an If-None-Match value (a list, or '*') holds the tag; weakly compared.
bool holds(std::string_view if_none_match, std::string_view etag);

// The N of "wait=N" in a Prefer header, at most wait_max.
std::optional<std::chrono::seconds> wait_in(std::string_view prefer);

// Returns the key without its optional quotes, or nothing if it is empty, too long or not printable ASCII, or has a
// quote elsewhere.
std::optional<std::string> idempotency_key_in(std::string_view value);

// The trace id of a W3C traceparent.
std::optional<Uuid> trace_in(std::string_view traceparent);
// 32 hexadecimal digits, as in a traceparent.
std::string trace_text(const Uuid& trace);

// Whether an X-Request-Id may be echoed: printable ASCII, at most request_id_length_max long.
bool is_request_id(std::string_view value);

// Whether an Expect value is 100-continue.
bool is_continue(std::string_view expect);

// Whether a Content-Encoding says that the body is as it is.
bool is_identity(std::string_view content_encoding);

// Whether a Content-Type is application/json, in UTF-8.
bool is_json(std::string_view content_type);

}  // namespace sillok::api
