// A request as handlers read it.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/id_rules.hpp"
#include "api/http/log_stamp.hpp"
#include "api/http/problem.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/base/sha256.hpp"
#include "eventstore/base/uuid.hpp"
#include "eventstore/position.hpp"

#include <boost/beast/http/verb.hpp>

#include <chrono>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok::api {

namespace http = boost::beast::http;

// A target's path and query, percent-decoded once. A '+' in the query is a space.
struct Target {
    std::string path;  // as it was sent
    std::vector<std::string> segments;
    std::vector<std::pair<std::string, std::string>> query;
};
std::expected<Target, Problem> parse_target(std::string_view text);

// A request whose response is kept (idempotency.hpp).
struct KeyedRequest {
    Hash fingerprint{};
    Timestamp time{};
};

struct Request {
    http::verb verb = http::verb::unknown;
    std::string target;            // as it was sent
    std::string path;              // of the target, still encoded
    std::vector<std::string> ids;  // for each {...} of the route's path
    std::vector<std::pair<std::string, std::string>> query;
    std::string_view body;
    std::string_view if_none_match;
    const LogStamp* log;  // never null: the log that responds

    std::optional<std::chrono::seconds> wait;  // Prefer: wait=N
    std::optional<Position> at_least;          // Sillok-At-Least
    std::vector<Version> if_match;             // If-Match; empty: any version

    std::string actor;
    Uuid trace;                            // correlation id of all events that the request causes
    Uuid command_id;                       // from the idempotency key, or a new one
    std::optional<KeyedRequest> remember;  // with an idempotency key

    [[nodiscard]] std::optional<std::string_view> parameter(std::string_view name) const;
    // The command's metadata: actor, time, command id, correlation id.
    [[nodiscard]] CommandContext context(const Clock& clock) const;
};

// Returns a valid id from the route's path, or 404: nothing is stored under an invalid id.
template <class Id>
std::expected<Id, Problem> id_from(const Request& request, std::size_t index = 0) {
    auto id = id_of_segment(Id{request.ids[index]});
    if (!is_valid(id)) return std::unexpected(Problem{problems::not_found, "the path has an invalid id"});
    return id;
}

}  // namespace sillok::api
