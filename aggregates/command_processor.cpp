#include "aggregates/command_processor.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/customer.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/state_at.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/base/assertion.hpp"
#include "eventstore/base/mutex.hpp"

#include <boost/unordered/unordered_flat_map.hpp>

#include <algorithm>
#include <array>
#include <list>
#include <string_view>

namespace sillok {
namespace {

constexpr std::size_t shards_count = 64;          // aggregates of different shards never wait for each other
constexpr int catch_ups_max = 8;                  // of one command, behind somebody who writes past the processor
constexpr std::uint64_t event_weight_bytes = 64;  // what an event weighs against a snapshot, about

using Result = std::expected<Accepted, CommandError>;

// What one try at a command came to.
struct Tried {
    Result result;
    Position based_on;                    // the result may be told once this is durable
    bool is_new = false;                  // the log has accepted it just now
    std::optional<Commit> to_remember{};  // nothing happened, but there is a receipt to keep
    std::optional<Version> behind{};      // somebody wrote past the processor, up to this version
};

Expected expected_at(Version version) {
    if (version == Version{}) return NoStream{};
    return version;
}

// What a command that the log knows came to. `present` is where its aggregate stands: all there is to tell of
// a command without events, and of one whose events cannot be read yet.
std::optional<Accepted> first_result(const EventStore& store, const std::string& stream, const Uuid& command_id,
                                     const Accepted& present) {
    const auto known = command_id.is_nil() ? std::nullopt : store.find_command(command_id);
    if (!known) return std::nullopt;
    Accepted first{present.version, present.position, true, known->receipt};
    if (known->events == 0) return first;
    first.position = Position{known->first.value + known->events - 1};
    for (const Recorded& event : store.read_log(Position{known->first.value - 1}, known->events))
        if (event.stream == stream) first.version = event.version;
    return first;
}

// Waits until a stream can be read up to a version that the log has accepted. Whatever is accepted and not yet
// durable stands behind the head, so each further durable position brings it nearer.
std::expected<void, errc> wait_readable(EventStore& store, const std::string& stream, Version version) {
    for (auto head = store.head(); store.version_of(stream) < version; head = store.head())
        if (const auto done = store.wait_durable(next(head)); !done) return done;
    return {};
}

asio::awaitable<std::expected<void, errc>> readable(EventStore& store, const std::string& stream, Version version) {
    for (auto head = store.head(); store.version_of(stream) < version; head = store.head()) {
        const auto done = co_await store.durable(next(head));
        if (!done) co_return done;
    }
    co_return std::expected<void, errc>{};
}

Result failed(errc code, const std::string& stream) { return std::unexpected(AppendError{code, stream}); }

}  // namespace

// The aggregates in memory, in shards: each a lock and the states that it guards, the least used go first.
template <Decider D>
class CommandProcessor<D>::States {
   public:
    States(EventStore& store, ProcessorOptions options)
        : store_(store),
          options_(options),
          shard_states_max_(std::max<std::size_t>(1, options.states_max / shards_count)) {}

    [[nodiscard]] EventStore& store() const { return store_; }

    // Decides and proposes; `behind` tells when the aggregate must catch up first.
    Tried attempt(const std::string& stream, const Command& command, const CommandContext& context,
                  const Receipt& receipt) {
        auto& shard = shard_of(stream);
        const MutexLock lock{shard.mutex};
        auto& held = hold(shard, stream);
        auto tried = decide(held, command, context, receipt);
        if (tried.is_new) return tried;
        // Looked up only now, for nearly every command is new, and the log has just looked itself.
        const Accepted present{held.now.version, held.now.position};
        if (auto first = first_result(store_, stream, context.metadata.command_id, present))
            return {*first, first->position};
        return tried;
    }

    void catch_up(const std::string& stream) {
        auto& shard = shard_of(stream);
        const MutexLock lock{shard.mutex};
        hold(shard, stream).now.catch_up(store_, stream);
    }

    std::expected<void, Rejection> decide_in(UnitOfWork& work, const std::string& stream, const Command& command,
                                             const Uuid& command_id) {
        assert(!work.has(stream));
        auto& shard = shard_of(stream);
        work.hold(shard.mutex);
        auto& held = hold(shard, stream);
        auto decision = D::decide(held.now.state, command);
        if (!decision) return std::unexpected(decision.error());
        if (decision->empty()) return {};
        auto append = append_of(held, *decision);
        append.command_id = command_id;
        work.add(std::move(append), std::make_unique<Pending>(*this, held, *std::move(decision)));
        return {};
    }

    // Under the lock of a unit of work, where there is one.
    void visit(UnitOfWork* work, const std::string& stream, const Visitor& read) {
        SILLOK_ASSERT(work == nullptr || !work->has(stream));
        auto& shard = shard_of(stream);
        if (work != nullptr) {
            work->hold(shard.mutex);
            show(shard, stream, read);
        } else {
            const MutexLock lock{shard.mutex};
            show(shard, stream, read);
        }
    }

   private:
    // One aggregate. Its state may be ahead of the disk, but never of the log: what the log has accepted
    // becomes durable, or the log stops and nothing is answered any more.
    struct Held {
        std::string stream;
        StateAt<D> now{};
        Version snapshot_version{};  // of the newest snapshot, taken or loaded
        std::size_t snapshot_bytes = 0;
        bool in_work = false;  // a unit of work has events of it
    };
    struct Shard {
        Mutex mutex;
        std::list<Held> by_use SILLOK_GUARDED_BY(mutex);  // the last used is first
        boost::unordered_flat_map<std::string_view, typename std::list<Held>::iterator, std::hash<std::string_view>>
            by_stream SILLOK_GUARDED_BY(mutex);
    };
    using Events = std::vector<typename D::Event>;

    // An aggregate with events in a unit of work, which holds the lock of its shard.
    class Pending : public UnitOfWork::Aggregate {
       public:
        Pending(States& states, Held& held, Events events)
            : states_(states), held_(held), stream_(held.stream), events_(std::move(events)) {
            held.in_work = true;
        }
        void accepted(Position last) noexcept override { states_.advance(held_, events_, last); }
        void let_go() noexcept override { held_.in_work = false; }
        std::expected<void, errc> catch_up(Version version) override {
            if (const auto done = wait_readable(states_.store_, stream_, version); !done) return done;
            states_.catch_up(stream_);
            return {};
        }

       private:
        States& states_;
        Held& held_;
        const std::string stream_;
        const Events events_;
    };

    Shard& shard_of(std::string_view stream) { return shards_[std::hash<std::string_view>{}(stream) % shards_count]; }

    // REQUIRES of all that follow: the shard is locked.

    void show(Shard& shard, const std::string& stream, const Visitor& read) SILLOK_REQUIRES(shard.mutex) {
        const auto& now = hold(shard, stream).now;
        read(now.state, now.version);
    }

    Held& hold(Shard& shard, const std::string& stream) SILLOK_REQUIRES(shard.mutex) {
        if (const auto found = shard.by_stream.find(stream); found != shard.by_stream.end()) {
            shard.by_use.splice(shard.by_use.begin(), shard.by_use, found->second);
        } else {
            make_room(shard);
            shard.by_use.push_front(load(stream));
            shard.by_stream.emplace(shard.by_use.front().stream, shard.by_use.begin());
        }
        return shard.by_use.front();
    }

    // A state that is not durable yet stays, whatever the limit: loaded again, it would be an older one.
    void make_room(Shard& shard) SILLOK_REQUIRES(shard.mutex) {
        while (shard.by_use.size() >= shard_states_max_ && !shard.by_use.back().in_work &&
               shard.by_use.back().now.position <= store_.head()) {
            shard.by_stream.erase(shard.by_use.back().stream);
            shard.by_use.pop_back();
        }
    }

    Held load(const std::string& stream) const {
        Held held{.stream = stream};
        if (store_.is_new(stream)) return held;  // most are
        const auto end = store_.version_of(stream);
        if (const auto snapshot = store_.load_snapshot(stream); snapshot && snapshot->version <= end) {
            if (auto restored = StateAt<D>::restore(*snapshot)) {
                held.now = *std::move(restored);
                held.snapshot_version = snapshot->version;
                held.snapshot_bytes = snapshot->state.size();
            }
        }
        held.now.catch_up(store_, stream, end);
        // Whoever had to replay this much, because there was no snapshot or none that means anything to this program,
        // is the last one who has to.
        take_snapshot_if_due(held);
        return held;
    }

    Tried decide(Held& held, const Command& command, const CommandContext& context, const Receipt& receipt) {
        const auto refusal = [&held](CommandError why) {
            return Tried{std::unexpected(std::move(why)), held.now.position};
        };
        if (context.if_match && *context.if_match != held.now.version)
            return refusal(PreconditionFailed{held.now.version});
        const auto decision = D::decide(held.now.state, command);
        if (!decision) return refusal(decision.error());
        return propose(held, *decision, context, receipt);
    }

    Tried propose(Held& held, const Events& events, const CommandContext& context, const Receipt& receipt) {
        const Version version{held.now.version.value + events.size()};
        Commit commit{.metadata = context.metadata, .conditions = context.conditions};
        if (!events.empty()) commit.appends.push_back(append_of(held, events));
        if (receipt && !context.metadata.command_id.is_nil()) {
            auto after = held.now.state;  // a copy, for the log may still refuse
            evolve(after, events);
            commit.receipt = receipt(after, version);
        }
        if (commit.appends.empty()) {
            Tried nothing_new{Accepted{version, held.now.position}, held.now.position};
            if (commit.receipt) nothing_new.to_remember = std::move(commit);
            return nothing_new;
        }
        const auto appended = store_.propose(commit);
        if (!appended) return not_appended(held, appended.error());
        if (!appended->repeated && !events.empty()) advance(held, events, appended->last);
        return {Accepted{version, appended->last, appended->repeated}, appended->last, !appended->repeated};
    }

    static StreamAppend append_of(const Held& held, const Events& events) {
        StreamAppend append{held.stream, expected_at(held.now.version), {}};
        append.events.reserve(events.size());
        for (const auto& event : events) append.events.push_back(encode(event));
        return append;
    }

    static Tried not_appended(const Held& held, const AppendError& error) {
        Tried tried{std::unexpected(error), held.now.position};
        if (error.code == errc::version_conflict && error.offender == held.stream)
            tried.behind = error.actual;
        else if (error.code == errc::version_conflict || error.code == errc::condition_failed)
            tried.result = std::unexpected(ConditionFailed{error.offender});
        return tried;
    }

    void advance(Held& held, const Events& events, Position last) {
        evolve(held.now.state, events);
        held.now.version = Version{held.now.version.value + events.size()};
        held.now.position = last;
        take_snapshot_if_due(held);
    }

    // noexcept: a state that got half of what the log has accepted must not live on.
    static void evolve(State& state, const Events& events) noexcept {
        for (const auto& event : events) state = D::evolve(std::move(state), event);
    }

    void take_snapshot_if_due(Held& held) const {
        const auto events = held.now.version.value - held.snapshot_version.value;
        if (events < std::max(options_.snapshot_events, held.snapshot_bytes / event_weight_bytes)) return;
        auto snapshot = held.now.snapshot();
        held.snapshot_version = snapshot.version;
        held.snapshot_bytes = snapshot.state.size();
        store_.save_snapshot_with_next(held.stream, std::move(snapshot));
    }

    EventStore& store_;
    const ProcessorOptions options_;
    const std::size_t shard_states_max_;
    std::array<Shard, shards_count> shards_;
};

template <Decider D>
CommandProcessor<D>::CommandProcessor(EventStore& store, ProcessorOptions options)
    : states_(std::make_unique<States>(store, options)) {}

template <Decider D>
CommandProcessor<D>::~CommandProcessor() = default;

template <Decider D>
auto CommandProcessor<D>::submit(const Id& id, const Command& command, const CommandContext& context,
                                 const Receipt& receipt) -> Result {
    auto& store = states_->store();
    const auto stream = stream_name<D>(id);
    auto tried = states_->attempt(stream, command, context, receipt);
    for (int left = catch_ups_max; tried.behind && left > 0; --left) {
        if (const auto done = wait_readable(store, stream, *tried.behind); !done) return failed(done.error(), stream);
        states_->catch_up(stream);
        tried = states_->attempt(stream, command, context, receipt);
    }
    if (!tried.to_remember) return tried.result;
    const auto kept = store.propose(*tried.to_remember);
    if (!kept) return std::unexpected(kept.error());
    if (kept->repeated) return first_result(store, stream, context.metadata.command_id, *tried.result).value();
    return tried.result;
}

// The same, waiting without holding a thread; and then for the disk.
template <Decider D>
auto CommandProcessor<D>::execute(Id id, Command command, CommandContext context, Receipt receipt)
    -> asio::awaitable<Result> {
    auto& store = states_->store();
    const auto stream = stream_name<D>(id);
    auto tried = states_->attempt(stream, command, context, receipt);
    for (int left = catch_ups_max; tried.behind && left > 0; --left) {
        const auto done = co_await readable(store, stream, *tried.behind);
        if (!done) co_return failed(done.error(), stream);
        states_->catch_up(stream);
        tried = states_->attempt(stream, command, context, receipt);
    }
    if (tried.to_remember) {
        auto keeping = store.append(*std::move(tried.to_remember));
        const auto kept = co_await std::move(keeping);
        if (!kept) co_return std::unexpected(kept.error());
        if (kept->repeated) tried.result->repeated = true;
    }
    if (tried.based_on > store.head()) {
        const auto done = co_await store.durable(tried.based_on);
        if (!done) co_return failed(done.error(), stream);
    }
    // What a repeated command did can be read for sure now.
    if (tried.result && tried.result->repeated)
        co_return first_result(store, stream, context.metadata.command_id, *tried.result).value();
    co_return tried.result;
}

template <Decider D>
std::expected<void, Rejection> CommandProcessor<D>::submit(UnitOfWork& work, const Id& id, const Command& command,
                                                           const Uuid& command_id) {
    return states_->decide_in(work, stream_name<D>(id), command, command_id);
}

template <Decider D>
void CommandProcessor<D>::visit(UnitOfWork* work, const Id& id, const Visitor& read) {
    states_->visit(work, stream_name<D>(id), read);
}

template class CommandProcessor<product::Product>;
template class CommandProcessor<stock::Stock>;
template class CommandProcessor<order::Order>;
template class CommandProcessor<payment::Payment>;
template class CommandProcessor<delivery::Delivery>;
template class CommandProcessor<customer::Customer>;

}  // namespace sillok
