// Whether one more order may be taken now: not faster than sagas carry out those that were taken before.
//
// Where the log's end is far ahead of the sagas, whoever brings the next order waits until they have come nearer, and
// is told to come again when that takes too long. So what is accepted does not run away from what is completed, however
// many clients there are; and what waits is a request, not an order.
//
// Threads: any thread may call any member.
#pragma once

#include "eventstore/event_store.hpp"
#include "eventstore/watermark.hpp"

#include <boost/asio/awaitable.hpp>

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <utility>

namespace sillok::api {

struct AdmissionOptions {
    std::uint64_t behind_max = 8'192;  // events of the log that the sagas have not seen: some hundred orders
    std::chrono::milliseconds patience{2'000};
};

class Admission {
   public:
    // REQUIRES: both outlive it.
    Admission(const EventStore& store, Watermark& followed, AdmissionOptions options = {})
        : store_(&store), followed_(&followed), options_(options) {}

    [[nodiscard]] bool is_open() const { return followed_->value() >= wanted(); }

    // True as soon as whoever follows the log is at most so far behind the end that it has now; false when that takes
    // too long, or nobody follows any more.
    [[nodiscard]] asio::awaitable<bool> enter() {
        auto reached = followed_->reached(wanted(), options_.patience);
        co_return co_await std::move(reached);
    }

   private:
    [[nodiscard]] Position wanted() const {
        const auto head = store_->head().value;
        return Position{head - std::min(head, options_.behind_max)};
    }

    const EventStore* store_;
    Watermark* followed_;
    AdmissionOptions options_;
};

}  // namespace sillok::api
