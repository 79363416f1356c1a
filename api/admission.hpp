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
#include <optional>
#include <utility>

namespace sillok::api {

struct AdmissionOptions {
    std::uint64_t behind_max = 8'192;   // events of the log that the sagas have not seen: some hundred orders
    std::uint64_t turn = 30;            // events that the sagas must see for one order more
    std::uint64_t queue_max = 100'000;  // of such events that orders wait for; beyond it none waits
    std::chrono::milliseconds patience{2'000};
};

class Admission {
   public:
    // REQUIRES: both outlive it.
    Admission(const EventStore& store, Watermark& followed, AdmissionOptions options = {})
        : store_(&store), followed_(&followed), options_(options) {}

    [[nodiscard]] bool is_open() const { return followed_->value() >= wanted(); }

    // True as soon as whoever follows the log is at most so far behind the end that it has now, or it is this order's
    // turn; false when that takes too long, too many wait, or nobody follows any more.
    [[nodiscard]] asio::awaitable<bool> enter() {
        const auto turn = take_turn();
        if (!turn) co_return false;
        auto reached = followed_->reached(std::min(*turn, wanted()), options_.patience);
        co_return co_await std::move(reached);
    }

   private:
    [[nodiscard]] Position wanted() const {
        const auto head = store_->head().value;
        return Position{head - std::min(head, options_.behind_max)};
    }

    std::optional<Position> take_turn() {
        auto last = last_turn_->load();
        for (;;) {
            const auto seen = followed_->value().value;
            const auto turn = std::max(last, seen) + options_.turn;
            if (turn > seen + options_.queue_max) return std::nullopt;
            if (last_turn_->compare_exchange_weak(last, turn)) return Position{turn};
        }
    }

    const EventStore* store_;
    Watermark* followed_;
    AdmissionOptions options_;
    std::unique_ptr<std::atomic<std::uint64_t>> last_turn_ = std::make_unique<std::atomic<std::uint64_t>>();
};

}  // namespace sillok::api
