// What goes back over HTTP: a status, a body and the few headers that handlers decide on.
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
    std::string content_type{};  // empty: there is no body
    std::string body{};
    std::vector<std::pair<std::string, std::string>> headers{};  // Location, ETag, Link ...
    std::optional<Position> position{};                          // Sillok-Position: what this answer has seen

    // The same answer with one header more.
    Response&& with(std::string name, std::string value) && {
        headers.emplace_back(std::move(name), std::move(value));
        return std::move(*this);
    }
};

// A handler gives an answer or says what is wrong; response_of() (problem.hpp) makes the second into the first.
// A call with arguments by value is named before it is awaited: g++ 12 destroys such temporaries wrongly when
// they stand inside the co_await expression.
using Result = std::expected<Response, Problem>;
using ResponseTask = boost::asio::awaitable<Result>;

}  // namespace sillok::api
