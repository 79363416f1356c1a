// Whether one more order may be taken now: not faster than sagas carry out those that were taken before.
//
// Where the log's end is far ahead of the sagas, whoever brings the next order waits until they have come nearer, or
// have done twice as much as an order gives them to do since the one before was let in; and is told to come again when
// that takes too long. So what is accepted does not run away from what is completed, however many clients there are;
// what waits is a request, not an order; and while sagas work off what was left when they stood still, orders are taken
// at half the rate at which they do that.
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
    std::uint64_t behind_max = 2'048;   // events of the log that the sagas have not seen: more than a hundred orders
    std::uint64_t turn = 24;            // events that the sagas must see for one order more
    std::uint64_t waiting_max = 4'000;  // orders; beyond them none waits
    std::chrono::milliseconds patience{2'000};
};

class Admission {
   public:
    // REQUIRES: both outlive it.
    Admission(const EventStore& store, Watermark<Position>& followed, AdmissionOptions options = {})
        : store_(&store), followed_(&followed), options_(options) {}

    [[nodiscard]] bool is_open() const { return followed_->value() >= wanted(); }

    // True as soon as whoever follows the log is at most so far behind the end that it has now, or it is this order's
    // turn; false when that takes too long, too many wait, or nobody follows any more.
    [[nodiscard]] asio::awaitable<bool> enter() {
        const Waiting waiting{*waiting_};
        if (waiting.before >= options_.waiting_max) co_return false;
        const auto turn = followed_->value().value + (waiting.before + 1) * options_.turn;
        auto reached = followed_->reached(std::min(Position{turn}, wanted()), options_.patience);
        co_return co_await std::move(reached);
    }

   private:
    [[nodiscard]] Position wanted() const {
        const auto head = store_->head().value;
        return Position{head - std::min(head, options_.behind_max)};
    }

    // One of those who wait, as long as it lives.
    struct Waiting {
        explicit Waiting(std::atomic<std::uint64_t>& waiting) : all(waiting), before(waiting++) {}
        ~Waiting() { --all; }
        Waiting(const Waiting&) = delete;
        Waiting& operator=(const Waiting&) = delete;

        std::atomic<std::uint64_t>& all;
        const std::uint64_t before;
    };

    const EventStore* store_;
    Watermark<Position>* followed_;
    AdmissionOptions options_;
    std::unique_ptr<std::atomic<std::uint64_t>> waiting_ = std::make_unique<std::atomic<std::uint64_t>>();
};

}  // namespace sillok::api
