// Every event after a position, in order, none skipped and none twice: from memory while the reader keeps
// up, from disk when it lags. The reader pulls, so a slow one slows nobody and holds no memory.
//
// Filter:  with one, every event that it admits. The others are passed over, and position() with them, so that a
//          reader of rare events who saves position() does not read the log again from the last rare one on.
// Threads: one thread or coroutine at a time.
#pragma once

#include "eventstore/event.hpp"
#include "eventstore/event_batch.hpp"
#include "eventstore/event_filter.hpp"
#include "eventstore/watermark.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stop_token>

namespace sillok {

class EventStore;

class Subscription {
   public:
    static constexpr std::size_t batch_events_usual = 4096;
    static constexpr std::uint64_t passed_events_max = 65'536;

    // REQUIRES: the store outlives the subscription.
    Subscription(const EventStore& store, Position after, std::size_t batch_events_max = batch_events_usual,
                 EventFilter filter = {});

    // Waits for at least one event after position(); empty when the store was closed or, for the coroutine, when
    // the wait was cancelled: then ended() is true. With a filter also empty, and not ended, when so many were passed
    // over that it is time to save position().
    asio::awaitable<EventBatch> next();
    // The same for plain threads; also ended when `stop` was requested.
    EventBatch wait_next(std::stop_token stop = {});
    // What is there already, without waiting; empty when there is nothing after position() or, with a filter, when
    // that many were passed over.
    EventBatch poll();

    // Everything up to here has been handed out, or was passed over by the filter.
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
