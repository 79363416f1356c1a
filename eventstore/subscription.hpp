// Every event after a position, in order, none skipped and none twice: from memory while the reader keeps
// up, from disk when it lags. The reader pulls, so a slow one slows nobody and holds no memory.
//
// Threads: one thread or coroutine at a time.
#pragma once

#include "eventstore/event.hpp"
#include "eventstore/watermark.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <optional>
#include <stop_token>

namespace sillok {

class EventStore;

class Subscription {
   public:
    // REQUIRES: the store outlives the subscription.
    Subscription(const EventStore& store, Position after, std::size_t batch_events_max = 4096);

    // Waits for at least one event after position(); empty only when the store was closed or, for the
    // coroutine, when the wait was cancelled.
    asio::awaitable<EventBatch> next();
    // The same for plain threads; also empty when `stop` was requested.
    EventBatch wait_next(std::stop_token stop = {});
    // What is there already, without waiting; empty when there is nothing after position().
    EventBatch poll();

    // The last event handed out.
    [[nodiscard]] Position position() const { return position_; }

   private:
    const EventStore* store_;
    Position position_;
    std::size_t batch_events_max_;
};

}  // namespace sillok
