#include "eventstore/subscription.hpp"

#include "eventstore/event_batch.hpp"
#include "eventstore/event_store.hpp"

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <iterator>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sillok {

Subscription::Subscription(const EventStore& store, Position after, std::size_t batch_events_max, EventFilter filter)
    : store_(&store), position_(after), batch_events_max_(batch_events_max), filter_(std::move(filter)) {}

// The events of a page that the filter admits. They keep the page's memory alive.
EventBatch Subscription::admitted(const EventBatch& page) const {
    if (filter_.admits_all()) return page;
    struct Admitted {
        EventBatch page;
        std::vector<Recorded> events;
    };
    auto chosen = std::make_shared<Admitted>();
    std::ranges::copy_if(page, std::back_inserter(chosen->events),
                         [this](const Recorded& event) { return filter_.admits(event); });
    if (chosen->events.empty()) return {};
    chosen->page = page;
    const std::span<const Recorded> events{chosen->events};
    return EventBatch{std::move(chosen), events};
}

// REQUIRES: there is a durable event after position().
EventBatch Subscription::take_page() {
    const auto page = store_->read_recent(position_, batch_events_max_);
    // Readers rely on gapless positions.
    if (page.empty() || page.front().position != sillok::next(position_))
        throw StorageError("the log has a gap after position " + std::to_string(position_.value));
    position_ = page.back().position;
    return admitted(page);
}

EventBatch Subscription::poll() {
    const auto began = position_.value;
    while (store_->head() > position_ && position_.value - began < passed_events_max)
        if (auto batch = take_page(); !batch.empty()) return batch;
    return {};
}

asio::awaitable<EventBatch> Subscription::next() {
    const auto began = position_.value;
    while (position_.value - began < passed_events_max) {
        if (store_->head() <= position_) {
            const bool there_is_more = co_await store_->durable_mark().reached(sillok::next(position_));
            if (!there_is_more) {
                ended_ = true;
                break;
            }
        }
        auto batch = take_page();
        if (!batch.empty()) co_return batch;
        // Skipping many events must not block the executor for long.
        const auto cancelled = co_await asio::this_coro::cancellation_state;
        ended_ = cancelled.cancelled() != asio::cancellation_type::none;
        if (ended_) break;
        co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
    }
    co_return EventBatch{};
}

EventBatch Subscription::wait_next(std::stop_token stop) {
    const auto began = position_.value;
    while (position_.value - began < passed_events_max) {
        if (!store_->durable_mark().wait(sillok::next(position_), stop)) {
            ended_ = true;
            break;
        }
        if (auto batch = take_page(); !batch.empty()) return batch;
    }
    return {};
}

}  // namespace sillok
