// Makes queries wait until a read model has processed the position that the client asks for (Sillok-At-Least).
//
// Ends:    every wait has a time limit, and ends early when the server stops.
// Threads: any thread may call any member.
#pragma once

#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/watermark.hpp"

#include <chrono>
#include <expected>

namespace sillok::api {

// The time limit if the request has no Prefer: wait=N.
constexpr std::chrono::seconds at_least_wait_default{1};

class Freshness {
   public:
    // REQUIRES: the store outlives it.
    Freshness(EventStore& store, const Clock& clock) : store_(&store), clock_(&clock) {}

    // Waits for the position that the request asks for. Returns the position of the rows, or 503 not-yet-visible, or
    // 409 position-unknown if the log has no such position by then.
    // Call it before reading the rows, so that they are at least as new.
    asio::awaitable<std::expected<Position, Problem>> seen(const Request& request, Watermark<Position>& rows);
    // The same for queries that read the log itself.
    asio::awaitable<std::expected<Position, Problem>> log_seen(const Request& request);

    // Completes with true once reached, with false after the time limit or when the server stops.
    asio::awaitable<bool> reached(Watermark<Position>& rows, Position position, std::chrono::milliseconds within);

    // Adds Sillok-Position, and Sillok-Lag-Ms: the age of the oldest event that the rows do not contain.
    void stamp(Response& response, Position seen) const;

    // Ends every wait, present and future.
    void stop_waiting() { stopping_.close(); }

   private:
    EventStore* store_;
    const Clock* clock_;
    Watermark<Position> stopping_;  // never advances; closed when the server stops
};

}  // namespace sillok::api
