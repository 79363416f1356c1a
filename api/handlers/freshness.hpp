// How new the rows are that a query reads, and waiting for newer ones.
//
// Ends:    every wait has a time limit, and ends early when the server is being stopped.
// Threads: any thread may call any member.
#pragma once

#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/watermark.hpp"

#include <chrono>
#include <expected>

namespace sillok::api {

// How long Sillok-At-Least is waited for where the request does not say (Prefer: wait=N).
constexpr std::chrono::seconds at_least_wait_default{1};

class Freshness {
   public:
    // REQUIRES: the store outlives it.
    Freshness(EventStore& store, const Clock& clock) : store_(&store), clock_(&clock) {}

    // The position that the rows have seen, once it is the one that the request asks for. Take it before the
    // rows are read: they are at least as new.
    asio::awaitable<std::expected<Position, Problem>> seen(const Request& request, Watermark<Position>& rows);
    // The same for queries that read the log itself.
    asio::awaitable<std::expected<Position, Problem>> log_seen(const Request& request);

    // True once reached; false when the time has passed or the server is being stopped.
    asio::awaitable<bool> reached(Watermark<Position>& rows, Position position, std::chrono::milliseconds within);

    // Sillok-Position and Sillok-Lag-Ms: how old the oldest event is that the rows have not seen.
    void stamp(Response& answer, Position seen) const;

    // Ends every wait, present and future.
    void stop_waiting() { stopping_.close(); }

   private:
    EventStore* store_;
    const Clock* clock_;
    Watermark<Position> stopping_;  // never advances; closed when the server is being stopped
};

}  // namespace sillok::api
