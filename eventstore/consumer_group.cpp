#include "eventstore/consumer_group.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/mutex.hpp"
#include "eventstore/consumers/lease_table.hpp"
#include "eventstore/consumers/read_window.hpp"
#include "eventstore/event_batch.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/subscription.hpp"
#include "eventstore/watermark.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/use_future.hpp>

#include <algorithm>
#include <limits>
#include <optional>
#include <span>
#include <stdexcept>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::size_t page_events_max = 256;
constexpr std::uint64_t passed_events_max = 10'000;  // read and not admitted, between two checkpoints
using Turn = Strong<struct TurnTag, std::uint64_t>;
constexpr Turn next(Turn turn) { return Turn{turn.value + 1}; }

constexpr Position no_position{std::numeric_limits<std::uint64_t>::max()};

// Events from several places in the log, as one batch.
struct Gathered {
    std::vector<EventBatch> pages;
    std::vector<Recorded> events;
};

// REQUIRES: the positions are ascending and durable.
EventBatch gather(const EventStore& store, const std::vector<Position>& positions) {
    auto gathered = std::make_shared<Gathered>();
    for (std::size_t at = 0; at < positions.size();) {
        std::size_t count = 1;
        while (at + count < positions.size() && positions[at + count].value == positions[at].value + count) ++count;
        auto page = store.read_log(Position{positions[at].value - 1}, count);
        if (page.empty() || page.front().position != positions[at])
            throw StorageError("position " + std::to_string(positions[at].value) + " cannot be read");
        at += page.size();  // a page may end early, by bytes
        gathered->events.insert(gathered->events.end(), page.begin(), page.end());
        gathered->pages.push_back(std::move(page));
    }
    const std::span<const Recorded> events{gathered->events};
    return EventBatch{std::move(gathered), events};
}

}  // namespace

struct ConsumerGroup::State {
    State(EventStore& log, std::string group_name, ConsumerGroupOptions group_options);

    // What a consumer gets, and what to wait for when it gets nothing.
    struct Taken {
        std::vector<Position> positions{};      // ascending
        bool may_read_on = false;               // the filter admitted nothing of a page; the next page may have more
        Position awaited = no_position;         // the next event to be read; none while the window is full
        std::optional<TimePoint> lease_ends{};  // the next lease's end: its events may be had then
    };

    EventStore& store;
    const std::string name;
    const ConsumerGroupOptions options;
    Watermark<Turn> turns;  // grows when a stream becomes free or the window has room again

    mutable Mutex mutex;
    Subscription log SILLOK_GUARDED_BY(mutex);       // unfiltered
    Position acknowledged SILLOK_GUARDED_BY(mutex);  // the highest one
    Position saved SILLOK_GUARDED_BY(mutex);         // the last checkpoint's
    ReadWindow window SILLOK_GUARDED_BY(mutex);
    LeaseTable leases SILLOK_GUARDED_BY(mutex);

    // Reads about a page of the log, in one part or several. False when there is no more to read, or no room for it.
    bool read_on() SILLOK_REQUIRES(mutex) {
        const auto began = log.position();
        const auto end = Position{began.value + page_events_max};
        while (window.size() < options.window_events_max && log.position() < std::min(end, store.head()))
            for (const Recorded& event : log.poll())
                if (options.filter.admits(event)) window.admit(event);
        if (window.size() == 0 && log.position().value - saved.value >= passed_events_max) (void)save();
        return log.position() > began;
    }

    // More of the streams that the consumer holds, then streams that are free.
    std::vector<Position> choose(ConsumerNumber consumer, TimePoint now) SILLOK_REQUIRES(mutex) {
        ReadWindow::Batch batch{options.batch_events_max, options.batch_bytes_max};
        for (const auto stream : leases.held_by(consumer)) window.hand_out(stream, batch);
        for (auto free = window.first_free(); free && window.hand_out(*free, batch); free = window.first_free())
            leases.hold(consumer, *free, now);
        std::ranges::sort(batch.positions);
        return std::move(batch.positions);
    }

    void end_leases(TimePoint now) SILLOK_REQUIRES(mutex) {
        const auto freed = leases.end_expired(now);
        for (const auto stream : freed) window.give_back(stream);
        if (!freed.empty()) turn();
    }

    std::size_t acknowledge_up_to(ConsumerNumber consumer, Position position) SILLOK_REQUIRES(mutex) {
        const auto stream = window.stream_of(position);
        if (!stream || !leases.holds(consumer, *stream)) return 0;
        const auto count = window.acknowledge(position);
        if (count == 0) return 0;
        acknowledged = std::max(acknowledged, position);
        if (!window.is_in_hand(*stream)) leases.release(consumer, *stream);
        return count;
    }

    [[nodiscard]] Position done() const SILLOK_REQUIRES(mutex) {
        const auto first = window.first();
        return first ? Position{first->value - 1} : log.position();
    }

    // Open events after the last acknowledged one are left out, because they are read again.
    std::expected<void, errc> save() SILLOK_REQUIRES(mutex) {
        ReaderCheckpoint checkpoint{std::max(done(), acknowledged)};
        checkpoint.open = window.positions_up_to(checkpoint.seen);
        saved = checkpoint.seen;
        return store.save_checkpoint(name, checkpoint);
    }

    void turn() { turns.advance(next(turns.value())); }

    Taken take(ConsumerNumber consumer) {
        const MutexLock lock{mutex};
        const auto now = options.now();
        end_leases(now);
        Taken taken;
        taken.lease_ends = leases.next_end();
        taken.positions = choose(consumer, now);
        if (taken.positions.empty() && read_on()) {
            taken.positions = choose(consumer, now);
            taken.may_read_on = taken.positions.empty();
        }
        if (window.size() < options.window_events_max) taken.awaited = next(log.position());
        return taken;
    }

    std::expected<std::size_t, errc> acknowledge(ConsumerNumber consumer, std::span<const Position> positions) {
        const MutexLock lock{mutex};
        const auto now = options.now();
        end_leases(now);
        std::size_t count = 0;
        for (const auto position : positions) count += acknowledge_up_to(consumer, position);
        if (count == 0) return count;
        leases.renew(consumer, now);
        const auto kept = save();
        turn();
        if (!kept) return std::unexpected(kept.error());
        return count;
    }

    bool renew(ConsumerNumber consumer) {
        const MutexLock lock{mutex};
        const auto now = options.now();
        end_leases(now);
        return leases.renew(consumer, now);
    }

    void leave(ConsumerNumber consumer) {
        const MutexLock lock{mutex};
        for (const auto stream : leases.leave(consumer)) window.give_back(stream);
        turn();
    }
};

ConsumerGroup::State::State(EventStore& log_store, std::string group_name, ConsumerGroupOptions group_options)
    : store(log_store),
      name(std::move(group_name)),
      options(std::move(group_options)),
      log(log_store, {}, std::min(page_events_max, options.window_events_max)),
      leases(options.lease) {
    SILLOK_ASSERT(options.batch_events_max > 0 && options.window_events_max > 0);
    const auto checkpoint = store.load_checkpoint(name).value_or(ReaderCheckpoint{});
    if (checkpoint.seen > store.head())
        throw StorageError("the group " + name + " has seen position " + std::to_string(checkpoint.seen.value) +
                           ", but the log ends at " + std::to_string(store.head().value));
    for (const auto position : checkpoint.open)
        for (const Recorded& event : gather(store, {position}))
            if (options.filter.admits(event)) window.admit(event);
    log = Subscription{store, checkpoint.seen, std::min(page_events_max, options.window_events_max)};
    acknowledged = saved = checkpoint.seen;
}

ConsumerGroup::ConsumerGroup(EventStore& store, std::string name, ConsumerGroupOptions options)
    : state_(std::make_unique<State>(store, std::move(name), std::move(options))) {}
ConsumerGroup::~ConsumerGroup() = default;

ConsumerGroup::Consumer ConsumerGroup::join() {
    const MutexLock lock{state_->mutex};
    return Consumer{*state_, state_->leases.join()};
}

Position ConsumerGroup::done() const {
    const MutexLock lock{state_->mutex};
    return state_->done();
}

std::size_t ConsumerGroup::open_events() const {
    const MutexLock lock{state_->mutex};
    return state_->window.size();
}

ConsumerGroup::Consumer::Consumer(Consumer&& other) noexcept
    : state_(std::exchange(other.state_, nullptr)), number_(other.number_) {}

ConsumerGroup::Consumer::~Consumer() {
    if (state_) state_->leave(number_);
}

EventBatch ConsumerGroup::Consumer::poll() {
    for (;;) {
        const auto taken = state_->take(number_);
        if (!taken.positions.empty()) return gather(state_->store, taken.positions);
        if (!taken.may_read_on) return {};
    }
}

namespace {

// How long to wait for the next lease to end, if there is one; a millisecond more, so that it has ended.
std::chrono::milliseconds until_lease_ends(const std::optional<TimePoint>& lease_ends, TimePoint now) {
    constexpr std::chrono::milliseconds longest{60'000};
    if (!lease_ends) return longest;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*lease_ends - now);
    return std::clamp(left + std::chrono::milliseconds{1}, std::chrono::milliseconds{1}, longest);
}

}  // namespace

asio::awaitable<EventBatch> ConsumerGroup::Consumer::next() {
    using namespace asio::experimental::awaitable_operators;
    for (;;) {
        const auto turn = state_->turns.value();  // before take(), so that no later change is missed
        const auto taken = state_->take(number_);
        if (!taken.positions.empty()) co_return gather(state_->store, taken.positions);
        const auto before = co_await asio::this_coro::cancellation_state;
        if (before.cancelled() != asio::cancellation_type::none) co_return EventBatch{};
        if (taken.may_read_on) {
            co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
            continue;
        }
        auto turned =
            state_->turns.reached(Turn{turn.value + 1}, until_lease_ends(taken.lease_ends, state_->options.now()));
        auto written = state_->store.durable(taken.awaited);
        const auto first = co_await (std::move(turned) || std::move(written));
        const bool closed = first.index() == 1 && !std::get<1>(first);
        if (closed) co_return EventBatch{};
    }
}

EventBatch ConsumerGroup::Consumer::wait_next(std::stop_token stop) {
    if (auto batch = poll(); !batch.empty()) return batch;
    asio::io_context here;
    asio::cancellation_signal cancel;
    auto batch = asio::co_spawn(here, next(), asio::bind_cancellation_slot(cancel.slot(), asio::use_future));
    const std::stop_callback on_stop{
        stop, [&] { asio::post(here, [&cancel] { cancel.emit(asio::cancellation_type::all); }); }};
    here.run();
    return batch.get();
}

std::expected<std::size_t, errc> ConsumerGroup::Consumer::acknowledge(Position position) {
    return state_->acknowledge(number_, {&position, 1});
}

std::expected<std::size_t, errc> ConsumerGroup::Consumer::acknowledge(const EventBatch& batch) {
    std::vector<Position> positions;
    positions.reserve(batch.size());
    for (const Recorded& event : batch) positions.push_back(event.position);
    return state_->acknowledge(number_, positions);
}

bool ConsumerGroup::Consumer::renew() { return state_->renew(number_); }

}  // namespace sillok
