// A response as handlers make it: status, body and a few headers.
#pragma once

#include "api/http/problem.hpp"
#include "eventstore/position.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sillok::api {

namespace content_type {
constexpr std::string_view json = "application/json";
constexpr std::string_view problem = "application/problem+json";
}  // namespace content_type

struct Response {
    std::uint16_t status = 200;
    std::string content_type{};  // empty if there is no body
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};  // Location, ETag, Link ...
    std::optional<Position> position{};  // Sillok-Position: the position that this response reflects
    std::string problem{};               // the code of the problem that it says; empty if it says none
    bool is_kept = false;                // stored already, in the commit of the command (idempotency.hpp)

    // The same response with one more header.
    Response&& with(std::string name, std::string value) && {
        headers.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }
};

// A handler returns a response or a problem. response_of() (problem.hpp) makes the problem into a response.
//
// A call with arguments by value gets a name before it is awaited, because g++ 12 wrongly destroys temporaries inside a
// co_await expression:
//     auto placing = run_command(...);
//     auto placed = co_await std::move(placing);
using Result = std::expected<Response, Problem>;
using ResponseTask = boost::asio::awaitable<Result>;

}  // namespace sillok::api
