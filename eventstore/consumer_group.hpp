// Consumers that share the work of one log: each event that the filter admits goes to one of them, and goes to
// another only when the first one has given it up.
//
// Order:     all events of a stream that are in hand are in the hands of one consumer, in their order; the next
//            consumer of the stream begins with the first one that was not acknowledged. Streams have no order among
//            each other: whoever is free takes the stream that has waited longest.
// Once:      an acknowledged event is never handed out again, not after a restart either. One that was handed out and
//            not acknowledged is handed out again: a consumer that died may have done its work or not.
// Hand over: a consumer that goes (its destructor), or that holds something and acknowledges nothing for the length of
//            its lease, loses everything it holds to the others. If it lives on, what it acknowledges of that counts
//            for nothing, and it is told. There is no plan of who takes which stream, so nothing has to be balanced
//            anew when a consumer joins or leaves, and no moment at which two hold one stream.
// Memory:    bounded: no more is read than about window_events_max events beyond what is acknowledged, and of those
//            only positions and streams are kept; the events themselves are read when somebody takes them. A stream
//            whose events nobody acknowledges therefore stops the others when it has filled the window.
// Disk:      a checkpoint under the group's name after every acknowledgement: the last position done, and which before
//            it are still open, at most as many as the window holds. Not synced (EventStore::save_checkpoint): after a
//            power loss what was acknowledged last may be handed out again.
// Threads:   any thread may join; each consumer is used by one thread or coroutine at a time.
#pragma once

#include "eventstore/errc.hpp"
#include "eventstore/event.hpp"
#include "eventstore/event_batch.hpp"
#include "eventstore/event_filter.hpp"

#include <boost/asio/awaitable.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
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
    // Goes on where the group of this name was; a new one begins with the first event of the log.
    // REQUIRES: the store outlives the group; no other group of this name is open on it.
    ConsumerGroup(EventStore& store, std::string name, ConsumerGroupOptions options = {});
    ~ConsumerGroup();
    ConsumerGroup(const ConsumerGroup&) = delete;
    ConsumerGroup& operator=(const ConsumerGroup&) = delete;

    class Consumer {
       public:
        Consumer(Consumer&& other) noexcept;
        Consumer& operator=(Consumer&&) = delete;
        ~Consumer();  // leaves: hands over what it holds

        // Waits for events that this consumer holds from then on; empty only when the store was closed or, for the
        // coroutine, when the wait was cancelled.
        asio::awaitable<EventBatch> next();
        // The same for plain threads; also empty when `stop` was requested.
        EventBatch wait_next(std::stop_token stop = {});
        // What can be had now, without waiting.
        EventBatch poll();

        // Done with this event and with those of its stream that came before it; or with a whole batch. Returns how
        // many of them this consumer still held: the others had been acknowledged, or handed over. Renews the lease.
        // The error is log_unavailable: they are done with until a restart, which may hand them out again.
        std::expected<std::size_t, errc> acknowledge(Position position);
        std::expected<std::size_t, errc> acknowledge(const EventBatch& batch);
        // Still at it: the lease begins anew. False when it had run out, and everything is lost.
        bool renew();

       private:
        friend class ConsumerGroup;
        Consumer(State& state, std::uint64_t number) : state_(&state), number_(number) {}

        State* state_;  // null: moved from
        std::uint64_t number_;
    };
    // REQUIRES: the group outlives the consumer.
    Consumer join();

    // Everything up to here is acknowledged, or was passed over by the filter.
    [[nodiscard]] Position done() const;
    // Read and not acknowledged; never more than window_events_max and a page.
    [[nodiscard]] std::size_t open_events() const;

   private:
    std::unique_ptr<State> state_;
};

}  // namespace sillok
