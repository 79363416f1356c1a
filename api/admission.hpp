// Backpressure. While sagas lag the log by more than `lag_max` events, a new order waits until they catch up, or until
// they have processed `events_per_order` events since the last order was admitted. After `queue_timeout` it gets 503.
//
// So the server accepts orders no faster than it completes them, with any number of clients. A waiting request is not
// an order yet: nothing of it is stored. While sagas catch up after a pause, orders are admitted at half their rate.
//
// Threads: any thread may call any member.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/watermark.hpp"

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <memory>
#include <utility>

namespace sillok::api {

struct AdmissionOptions {
    std::uint64_t lag_max = 2'048;        // events; more than a hundred orders
    std::uint64_t events_per_order = 24;  // twice the events that an order causes
    std::uint64_t queue_max = 4'000;      // orders; one more gets 503 at once
    std::chrono::milliseconds queue_timeout{2'000};
};

class Admission {
   public:
    // `followed`: the position up to which sagas have processed the log. REQUIRES: store and followed outlive it.
    Admission(const EventStore& store, Watermark<Position>& followed, AdmissionOptions options = {})
        : store_(&store), followed_(&followed), options_(options) {}

    // Whether an order is admitted without waiting.
    [[nodiscard]] bool is_open() const { return followed_->value() >= wanted(); }

    // Completes with true when the lag is within the limit, or when it is this order's turn.
    // Completes with false after the timeout, when the queue is full, or when sagas have stopped.
    [[nodiscard]] asio::awaitable<bool> enter() {
        const Place place{*queued_};
        if (place.before >= options_.queue_max) co_return false;
        const auto turn = followed_->value().value + (place.before + 1) * options_.events_per_order;
        auto reached = followed_->reached(std::min(Position{turn}, wanted()), options_.queue_timeout);
        co_return co_await std::move(reached);
    }

   private:
    // The position at which the lag is within the limit.
    [[nodiscard]] Position wanted() const {
        const auto head = store_->head().value;
        return Position{head - std::min(head, options_.lag_max)};
    }

    // One order's place in the queue, as long as it lives.
    struct Place {
        explicit Place(std::atomic<std::uint64_t>& queue) : queued(queue), before(queue++) {}
        ~Place() { --queued; }
        Place(const Place&) = delete;
        Place& operator=(const Place&) = delete;

        std::atomic<std::uint64_t>& queued;
        const std::uint64_t before;
    };

    const EventStore* store_;
    Watermark<Position>* followed_;
    AdmissionOptions options_;
    std::unique_ptr<std::atomic<std::uint64_t>> queued_ = std::make_unique<std::atomic<std::uint64_t>>();
};

}  // namespace sillok::api
