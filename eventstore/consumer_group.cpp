#include "eventstore/consumer_group.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/mutex.hpp"
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
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <stdexcept>
#include <unordered_map>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using TimePoint = std::chrono::steady_clock::time_point;

constexpr std::size_t page_events_max = 256;
constexpr std::uint64_t passed_events_max = 10'000;  // seen and filtered out, between two checkpoints
constexpr Position no_position{std::numeric_limits<std::uint64_t>::max()};

struct Waiting {
    Position position;
    std::size_t bytes;
};

// A stream that has events in the window. Either nobody holds it and it is among the ready ones, or one consumer does.
struct Stream {
    std::string name;
    std::deque<Waiting> waiting{};
    std::deque<Waiting> held{};  // all of them before those that wait
    std::uint64_t holder = 0;    // 0: nobody
};

struct Member {
    std::set<Stream*> streams{};  // held
    TimePoint deadline{};         // meant only while something is held
};

// Events from here and there in the log, as one batch.
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

    // What a consumer gets when it asks, and what to wait for when it gets nothing.
    struct Taken {
        std::vector<Position> positions{};      // ascending
        bool may_read_on = false;               // the filter refused a page: the next one may have something
        Position awaited = no_position;         // an event that nobody has read yet; none while the window is full
        std::optional<TimePoint> lease_ends{};  // somebody's: what it holds may be had then
    };

    EventStore& store;
    const std::string name;
    const ConsumerGroupOptions options;
    Watermark turns;  // counted as positions are: grows when a stream becomes free or the window has room again

    mutable Mutex mutex;
    Subscription log SILLOK_GUARDED_BY(mutex);                                 // unfiltered
    Position acknowledged SILLOK_GUARDED_BY(mutex);                            // the highest one
    Position saved SILLOK_GUARDED_BY(mutex);                                   // the last checkpoint's
    std::map<Position, Stream*> open SILLOK_GUARDED_BY(mutex);                 // the window: read and not acknowledged
    std::unordered_map<std::string, Stream> streams SILLOK_GUARDED_BY(mutex);  // those in the window
    std::deque<Stream*> ready SILLOK_GUARDED_BY(mutex);  // waiting for a consumer, the longest first
    std::unordered_map<std::uint64_t, Member> members SILLOK_GUARDED_BY(mutex);  // by number
    std::uint64_t last_member SILLOK_GUARDED_BY(mutex) = 0;

    void admit(const Recorded& event) SILLOK_REQUIRES(mutex) {
        auto& stream =
            streams.try_emplace(std::string{event.stream}, Stream{.name = std::string{event.stream}}).first->second;
        open.emplace_hint(open.end(), event.position, &stream);
        const bool was_idle = stream.holder == 0 && stream.waiting.empty();
        stream.waiting.push_back({event.position, event.payload.size()});
        if (was_idle) ready.push_back(&stream);
    }

    // Reads a page's worth of the log, whatever parts it comes in. False when there is nothing more to read, or no
    // room for it.
    bool read_on() SILLOK_REQUIRES(mutex) {
        const auto began = log.position();
        const auto end = Position{began.value + page_events_max};
        while (open.size() < options.window_events_max && log.position() < std::min(end, store.head()))
            for (const Recorded& event : log.poll())
                if (options.filter.admits(event)) admit(event);
        if (open.empty() && log.position().value - saved.value >= passed_events_max) (void)save();
        return log.position() > began;
    }

    // Moves waiting events of a stream into a consumer's hands, as many as fit.
    void hold(Stream& stream, std::uint64_t number, std::vector<Position>& positions, std::size_t& bytes) const {
        while (!stream.waiting.empty() && positions.size() < options.batch_events_max) {
            const auto next = stream.waiting.front();
            if (!positions.empty() && bytes + next.bytes > options.batch_bytes_max) return;
            bytes += next.bytes;
            positions.push_back(next.position);
            stream.held.push_back(next);
            stream.waiting.pop_front();
            stream.holder = number;
        }
    }

    std::vector<Position> choose(std::uint64_t number) SILLOK_REQUIRES(mutex) {
        auto& member = members.at(number);
        const bool held_nothing = member.streams.empty();
        std::vector<Position> positions;
        std::size_t bytes = 0;
        for (auto* stream : member.streams) hold(*stream, number, positions, bytes);
        while (!ready.empty()) {
            auto& stream = *ready.front();
            hold(stream, number, positions, bytes);
            if (stream.holder != number) break;  // full
            member.streams.insert(&stream);
            ready.pop_front();
        }
        if (held_nothing) member.deadline = options.now() + options.lease;
        std::ranges::sort(positions);
        return positions;
    }

    // Nobody holds the stream any more: it waits for the next one, or is forgotten.
    void set_free(Stream& stream) SILLOK_REQUIRES(mutex) {
        stream.holder = 0;
        if (stream.waiting.empty())
            streams.erase(streams.find(stream.name));
        else
            ready.push_back(&stream);
    }

    void hand_over(Member& member) SILLOK_REQUIRES(mutex) {
        for (auto* stream : std::exchange(member.streams, {})) {
            stream->waiting.insert(stream->waiting.begin(), stream->held.begin(), stream->held.end());
            stream->held.clear();
            set_free(*stream);
        }
    }

    // The nearest end of a lease that still runs.
    std::optional<TimePoint> end_leases() SILLOK_REQUIRES(mutex) {
        const auto now = options.now();
        std::optional<TimePoint> nearest;
        bool handed_over = false;
        for (auto& [number, member] : members) {
            if (member.streams.empty()) continue;
            if (member.deadline <= now) {
                hand_over(member);
                handed_over = true;
            } else if (!nearest || member.deadline < *nearest) {
                nearest = member.deadline;
            }
        }
        if (handed_over) turn();
        return nearest;
    }

    std::size_t acknowledge_up_to(std::uint64_t number, Position position) SILLOK_REQUIRES(mutex) {
        const auto found = open.find(position);
        if (found == open.end()) return 0;
        auto& stream = *found->second;
        if (stream.holder != number || stream.held.back().position < position) return 0;
        std::size_t count = 0;
        for (; !stream.held.empty() && stream.held.front().position <= position; ++count) {
            open.erase(stream.held.front().position);
            stream.held.pop_front();
        }
        acknowledged = std::max(acknowledged, position);
        if (stream.held.empty()) {
            members.at(number).streams.erase(&stream);
            set_free(stream);
        }
        return count;
    }

    [[nodiscard]] Position done() const SILLOK_REQUIRES(mutex) {
        return open.empty() ? log.position() : Position{open.begin()->first.value - 1};
    }

    // Open events after the last acknowledged one need no mention: they are read again.
    std::expected<void, errc> save() SILLOK_REQUIRES(mutex) {
        ReaderCheckpoint checkpoint{std::max(done(), acknowledged)};
        for (const auto& [position, stream] : open) {
            if (position > checkpoint.seen) break;
            checkpoint.open.push_back(position);
        }
        saved = checkpoint.seen;
        return store.save_checkpoint(name, checkpoint);
    }

    void turn() { turns.advance(next(turns.value())); }

    Taken take(std::uint64_t number) {
        const MutexLock lock{mutex};
        Taken taken;
        taken.lease_ends = end_leases();
        taken.positions = choose(number);
        if (taken.positions.empty() && read_on()) {
            taken.positions = choose(number);
            taken.may_read_on = taken.positions.empty();
        }
        if (open.size() < options.window_events_max) taken.awaited = next(log.position());
        return taken;
    }

    std::expected<std::size_t, errc> acknowledge(std::uint64_t number, std::span<const Position> positions) {
        const MutexLock lock{mutex};
        end_leases();
        std::size_t count = 0;
        for (const auto position : positions) count += acknowledge_up_to(number, position);
        if (count == 0) return count;
        members.at(number).deadline = options.now() + options.lease;
        const auto kept = save();
        turn();
        if (!kept) return std::unexpected(kept.error());
        return count;
    }

    bool renew(std::uint64_t number) {
        const MutexLock lock{mutex};
        end_leases();
        auto& member = members.at(number);
        if (member.streams.empty()) return false;
        member.deadline = options.now() + options.lease;
        return true;
    }

    void leave(std::uint64_t number) {
        const MutexLock lock{mutex};
        hand_over(members.at(number));
        members.erase(number);
        turn();
    }
};

ConsumerGroup::State::State(EventStore& log_store, std::string group_name, ConsumerGroupOptions group_options)
    : store(log_store),
      name(std::move(group_name)),
      options(std::move(group_options)),
      log(log_store, {}, std::min(page_events_max, options.window_events_max)) {
    SILLOK_ASSERT(options.batch_events_max > 0 && options.window_events_max > 0);
    const auto checkpoint = store.load_checkpoint(name).value_or(ReaderCheckpoint{});
    if (checkpoint.seen > store.head())
        throw StorageError("the group " + name + " has seen position " + std::to_string(checkpoint.seen.value) +
                           ", but the log ends at " + std::to_string(store.head().value));
    for (const auto position : checkpoint.open)
        for (const Recorded& event : gather(store, {position}))
            if (options.filter.admits(event)) admit(event);
    log = Subscription{store, checkpoint.seen, std::min(page_events_max, options.window_events_max)};
    acknowledged = saved = checkpoint.seen;
}

ConsumerGroup::ConsumerGroup(EventStore& store, std::string name, ConsumerGroupOptions options)
    : state_(std::make_unique<State>(store, std::move(name), std::move(options))) {}
ConsumerGroup::~ConsumerGroup() = default;

ConsumerGroup::Consumer ConsumerGroup::join() {
    const MutexLock lock{state_->mutex};
    const auto number = ++state_->last_member;
    state_->members.emplace(number, Member{});
    return Consumer{*state_, number};
}

Position ConsumerGroup::done() const {
    const MutexLock lock{state_->mutex};
    return state_->done();
}

std::size_t ConsumerGroup::open_events() const {
    const MutexLock lock{state_->mutex};
    return state_->open.size();
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

// Until the nearest lease ends, if any runs; a millisecond more, so that it has ended then.
std::chrono::milliseconds patience(const std::optional<TimePoint>& lease_ends, TimePoint now) {
    constexpr std::chrono::milliseconds longest{60'000};
    if (!lease_ends) return longest;
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(*lease_ends - now);
    return std::clamp(left + std::chrono::milliseconds{1}, std::chrono::milliseconds{1}, longest);
}

}  // namespace

asio::awaitable<EventBatch> ConsumerGroup::Consumer::next() {
    using namespace asio::experimental::awaitable_operators;
    for (;;) {
        const auto turn = state_->turns.value();  // before looking, so that no change after it is missed
        const auto taken = state_->take(number_);
        if (!taken.positions.empty()) co_return gather(state_->store, taken.positions);
        const auto before = co_await asio::this_coro::cancellation_state;
        if (before.cancelled() != asio::cancellation_type::none) co_return EventBatch{};
        if (taken.may_read_on) {
            co_await asio::post(co_await asio::this_coro::executor, asio::use_awaitable);
            continue;
        }
        auto turned = state_->turns.reached(sillok::next(turn), patience(taken.lease_ends, state_->options.now()));
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
