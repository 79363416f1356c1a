// Consumers that share the work of one log: each event that the filter admits goes to one of them, and to another only
// if the first one gave it up.
//
// Order:    a stream's unacknowledged events are held by one consumer, in their order. The stream's next consumer
//           begins with the first event that was not acknowledged. There is no order among streams: a free consumer
//           gets the stream that has waited longest.
// Once:     an acknowledged event is never handed out again, not even after a restart. An event that was handed out and
//           not acknowledged is handed out again: a consumer that died may have done its work or not.
// Handover: a consumer gives up everything it holds when it is destroyed, or when it acknowledges nothing for the
//           length of its lease. A late acknowledgement of an event it has lost does not count; acknowledge() returns the
//           number that counts. Streams are not assigned in advance, so nothing is rebalanced when a consumer joins or
//           leaves, and at no time do two consumers hold one stream.
// Memory:   bounded. At most about window_events_max events are read ahead of the acknowledged ones, and only their
//           positions and streams are kept; events are read again when they are handed out. If nobody acknowledges the
//           events of a stream, it fills the window in the end, and the other streams stop.
// Disk:     every acknowledgement saves a checkpoint under the group's name: the last position done, and the open ones
//           before it. It is not synced (EventStore::save_checkpoint): after a power loss the last acknowledged events
//           may be handed out again.
// Threads:  any thread may join; each consumer is used by one thread or coroutine at a time.
#pragma once

#include "eventstore/consumers/lease_table.hpp"
#include "eventstore/errc.hpp"
#include "eventstore/event.hpp"
#include "eventstore/event_batch.hpp"
#include "eventstore/event_filter.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <expected>
#include <functional>
#include <memory>
#include <stop_token>
#include <string>

namespace sillok {

namespace asio = boost::asio;

class EventStore;

struct ConsumerGroupOptions {
    EventFilter filter{};
    std::chrono::milliseconds lease{30'000};
    std::size_t batch_events_max = 256;
    std::size_t batch_bytes_max = 8u << 20;
    std::size_t window_events_max = 4096;
    std::function<std::chrono::steady_clock::time_point()> now = std::chrono::steady_clock::now;
};

class ConsumerGroup {
    struct State;

   public:
    // Continues where the group of this name was; a new group begins with the first event of the log.
    // REQUIRES: the store outlives the group; no other group of this name is open on it.
    ConsumerGroup(EventStore& store, std::string name, ConsumerGroupOptions options = {});
    ~ConsumerGroup();
    ConsumerGroup(const ConsumerGroup&) = delete;
    ConsumerGroup& operator=(const ConsumerGroup&) = delete;

    class Consumer {
       public:
        Consumer(Consumer&& other) noexcept;
        Consumer& operator=(Consumer&&) = delete;
        ~Consumer();  // leaves the group and gives up what it holds

        // Waits for events; this consumer then holds them. Empty only when the store was closed or the coroutine's wait
        // was cancelled.
        asio::awaitable<EventBatch> next();
        // The same for plain threads; also empty when `stop` is requested.
        EventBatch wait_next(std::stop_token stop = {});
        // The same without waiting; empty when there is nothing now.
        EventBatch poll();

        // Acknowledges an event and the earlier ones of its stream, or a whole batch. Returns how many of them this
        // consumer still held; the others were acknowledged before, or lost to another consumer. Renews the lease.
        // On log_unavailable the acknowledgement counts until a restart, which may hand the events out again.
        std::expected<std::size_t, errc> acknowledge(Position position);
        std::expected<std::size_t, errc> acknowledge(const EventBatch& batch);
        // Starts the lease again. False when this consumer holds nothing, for instance because the lease had ended.
        bool renew();

       private:
        friend class ConsumerGroup;
        Consumer(State& state, ConsumerNumber number) : state_(&state), number_(number) {}

        State* state_;  // null: moved from
        ConsumerNumber number_;
    };
    // REQUIRES: the group outlives the consumer.
    Consumer join();

    // Everything up to here is acknowledged, or not admitted by the filter.
    [[nodiscard]] Position done() const;
    // Events read and not acknowledged; at most window_events_max and a page.
    [[nodiscard]] std::size_t open_events() const;

   private:
    std::unique_ptr<State> state_;
};

}  // namespace sillok
