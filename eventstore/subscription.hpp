// All events after a position, in order, without gaps or repeats: from memory while the reader keeps up, from disk when
// it lags. The reader pulls: a slow reader slows nobody and holds no memory.
//
// Filter:  events that it does not admit are skipped, and position() moves past them. A reader of rare events who saves
//          position() therefore does not read the log again from the last rare event on.
// Errors:  a read that fails throws StorageError.
// Threads: one thread or coroutine at a time.
#pragma once

#include "eventstore/event.hpp"
#include "eventstore/event_batch.hpp"
#include "eventstore/event_filter.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <stop_token>

namespace sillok {

namespace asio = boost::asio;

class EventStore;

class Subscription {
   public:
    static constexpr std::size_t batch_events_usual = 4096;
    static constexpr std::uint64_t passed_events_max = 65'536;

    // REQUIRES: the store outlives the subscription.
    Subscription(const EventStore& store, Position after, std::size_t batch_events_max = batch_events_usual,
                 EventFilter filter = {});

    // Waits for events after position(). Returns an empty batch when the store was closed or the coroutine's wait was
    // cancelled; ended() is then true. A filtered subscription may also return an empty batch, with ended() false,
    // after skipping passed_events_max events, so that the caller can save position().
    asio::awaitable<EventBatch> next();
    // The same for plain threads; also ended when `stop` is requested.
    EventBatch wait_next(std::stop_token stop = {});
    // Returns the next events without waiting. Empty when there are none, or after skipping passed_events_max.
    EventBatch poll();

    // Everything up to here was returned or skipped.
    [[nodiscard]] Position position() const { return position_; }
    [[nodiscard]] bool ended() const { return ended_; }

   private:
    EventBatch take_page();
    [[nodiscard]] EventBatch admitted(const EventBatch& page) const;

    const EventStore* store_;
    Position position_;
    std::size_t batch_events_max_;
    EventFilter filter_;
    bool ended_ = false;
};

}  // namespace sillok
