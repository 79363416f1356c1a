#include "aggregates/command_processor.hpp"

#include "aggregates/attempt.hpp"
#include "aggregates/codec/event_codec.hpp"
#include "aggregates/customer.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/product.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/base/assertion.hpp"
#include "eventstore/base/mutex.hpp"

namespace sillok {
namespace {

Expected expected_at(Version version) {
    if (version == Version{}) return NoStream{};
    return version;
}

// The first result of a command that the log knows; nothing for an unknown command. `present` is where its aggregate
// stands: the answer for a command without events, and for one whose events cannot be read yet.
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

// Waits until a stream can be read up to a version that the log has accepted (as in attempt.hpp).
std::expected<void, errc> wait_readable(EventStore& store, const std::string& stream, Version version) {
    for (auto head = store.head(); store.version_of(stream) < version; head = store.head())
        if (const auto done = store.wait_durable(next(head)); !done) return done;
    return {};
}

}  // namespace

// Decides on the states in memory and proposes what was decided.
template <Decider D>
class CommandProcessor<D>::Core {
   public:
    using Entry = typename StateCache<D>::Entry;
    using Events = typename StateCache<D>::Events;

    Core(EventStore& event_store, ProcessorOptions options) : store(event_store), cache(event_store, options) {}

    Verdict decide(const std::string& stream, const Command& command, const CommandContext& context,
                   const Receipt& receipt) {
        auto& shard = cache.shard_of(stream);
        MutexLock lock{shard.lock.mutex};
        shard.lock.wait_while_held(lock);
        auto& entry = cache.entry(shard, stream);
        bool is_new = false;
        auto verdict = decide(entry, command, context, receipt, is_new);
        if (is_new) return verdict;
        // Looked up only now: nearly every command is new, and then the log has just looked itself.
        const Accepted present{entry.now.version, entry.now.position};
        if (auto first = first_result(store, stream, context.metadata.command_id, present))
            return {*first, first->position};
        return verdict;
    }

    std::expected<void, Rejection> decide_in(UnitOfWork& work, const std::string& stream, const Command& command,
                                             const Uuid& command_id) {
        SILLOK_ASSERT(!work.has(stream));
        auto& shard = cache.shard_of(stream);
        work.hold(shard.lock);
        const MutexLock lock{shard.lock.mutex};
        auto& entry = cache.entry(shard, stream);
        require_readable(entry);
        auto decision = D::decide(entry.now.state, command);
        if (!decision) return std::unexpected(decision.error());
        if (decision->empty()) return {};
        auto append = append_of(entry, *decision);
        append.command_id = command_id;
        entry.pinned = true;
        work.add(std::move(append), std::make_unique<Participant>(*this, shard, entry, *std::move(decision)));
        return {};
    }

    void catch_up(const std::string& stream) {
        auto& shard = cache.shard_of(stream);
        MutexLock lock{shard.lock.mutex};
        shard.lock.wait_while_held(lock);
        cache.catch_up(cache.entry(shard, stream));
    }

    void visit(UnitOfWork* work, const std::string& stream, const Visitor& read) {
        SILLOK_ASSERT(work == nullptr || !work->has(stream));
        auto& shard = cache.shard_of(stream);
        if (work != nullptr) work->hold(shard.lock);
        MutexLock lock{shard.lock.mutex};
        if (work == nullptr) shard.lock.wait_while_held(lock);
        const auto& entry = cache.entry(shard, stream);
        require_readable(entry);
        read(entry.now.state, entry.now.version);
    }

    EventStore& store;
    StateCache<D> cache;

   private:
    // REQUIRES of all that follow: the lock of the entry's shard.

    Verdict decide(Entry& entry, const Command& command, const CommandContext& context, const Receipt& receipt,
                   bool& is_new) {
        const auto refuse = [&entry](CommandError why) {
            return Verdict{std::unexpected(std::move(why)), entry.now.position};
        };
        if (entry.unreadable) return refuse(*entry.unreadable);
        if (!context.if_match.empty() &&
            std::ranges::find(context.if_match, entry.now.version) == context.if_match.end())
            return refuse(PreconditionFailed{entry.now.version});
        const auto decision = D::decide(entry.now.state, command);
        if (!decision) return refuse(decision.error());
        return propose(entry, *decision, context, receipt, is_new);
    }

    Verdict propose(Entry& entry, const Events& events, const CommandContext& context, const Receipt& receipt,
                    bool& is_new) {
        const Version version{entry.now.version.value + events.size()};
        Commit commit{.metadata = context.metadata, .conditions = context.conditions};
        if (!events.empty()) commit.appends.push_back(append_of(entry, events));
        if (receipt && !context.metadata.command_id.is_nil()) {
            auto after = entry.now.state;  // a copy, for the log may still refuse
            StateCache<D>::evolve(after, events);
            commit.receipt = receipt(after, version);
        }
        if (commit.appends.empty()) {
            Verdict nothing_new{Accepted{version, entry.now.position}, entry.now.position};
            if (commit.receipt) nothing_new.receipt_only = std::move(commit);
            return nothing_new;
        }
        const auto appended = store.propose(commit);
        if (!appended) return not_appended(entry, appended.error());
        is_new = !appended->repeated;
        if (is_new) cache.advance(entry, events, appended->last);
        return {Accepted{version, appended->last, appended->repeated}, appended->last};
    }

    static void require_readable(const Entry& entry) {
        if (entry.unreadable) throw StreamUnreadable(*entry.unreadable);
    }

    static Verdict not_appended(const Entry& entry, const AppendError& error) {
        Verdict verdict{std::unexpected(error), entry.now.position};
        if (error.code == errc::version_conflict && error.offender == entry.stream)
            verdict.behind = error.actual;
        else if (error.code == errc::version_conflict || error.code == errc::condition_failed)
            verdict.result = std::unexpected(ConditionFailed{error.offender});
        return verdict;
    }

    static StreamAppend append_of(const Entry& entry, const Events& events) {
        StreamAppend append{entry.stream, expected_at(entry.now.version), {}};
        append.events.reserve(events.size());
        for (const auto& event : events) append.events.push_back(encode(event));
        return append;
    }
};

// An aggregate with events in a unit of work, which holds its shard.
template <Decider D>
class CommandProcessor<D>::Participant : public UnitOfWork::Participant {
   public:
    using Shard = typename StateCache<D>::Shard;
    using Entry = typename StateCache<D>::Entry;
    using Events = typename StateCache<D>::Events;

    Participant(Core& core, Shard& shard, Entry& entry, Events events)
        : core_(core), shard_(shard), entry_(entry), stream_(entry.stream), events_(std::move(events)) {}

    void accepted(Position last) noexcept override {
        const MutexLock lock{shard_.lock.mutex};
        core_.cache.advance(entry_, events_, last);
    }
    void release() noexcept override {
        const MutexLock lock{shard_.lock.mutex};
        entry_.pinned = false;
    }
    std::expected<void, errc> catch_up(Version version) override {
        if (const auto done = wait_readable(core_.store, stream_, version); !done) return done;
        core_.catch_up(stream_);
        return {};
    }

   private:
    Core& core_;
    Shard& shard_;
    Entry& entry_;
    const std::string stream_;
    const Events events_;
};

// What an Attempt needs. Refers to the caller's arguments: no allocation per command.
template <Decider D>
struct CommandProcessor<D>::OneCommand {
    Core& core;
    const std::string& stream_name;
    const Command& command;
    const CommandContext& context;
    const Receipt& receipt;

    Verdict decide() { return core.decide(stream_name, command, context, receipt); }
    void catch_up() { core.catch_up(stream_name); }
    Accepted first_result(const Accepted& present) {
        return sillok::first_result(core.store, stream_name, context.metadata.command_id, present).value();
    }
    [[nodiscard]] const std::string& stream() const { return stream_name; }
    [[nodiscard]] Version durable_version() const { return core.store.version_of(stream_name); }
    [[nodiscard]] Position head() const { return core.store.head(); }
};

template <Decider D>
CommandProcessor<D>::CommandProcessor(EventStore& store, ProcessorOptions options)
    : core_(std::make_unique<Core>(store, options)) {}

template <Decider D>
CommandProcessor<D>::~CommandProcessor() = default;

template <Decider D>
auto CommandProcessor<D>::submit(const Id& id, const Command& command, const CommandContext& context,
                                 const Receipt& receipt) -> Result {
    auto& store = core_->store;
    const auto stream = stream_name<D>(id);
    Attempt attempt{OneCommand{*core_, stream, command, context, receipt}};
    while (true) {
        const auto step = attempt.next();
        if (const auto* wait = std::get_if<attempt::WaitReadable>(&step))
            attempt.waited(store.wait_durable(wait->position));
        else if (const auto* append = std::get_if<attempt::Append>(&step))
            attempt.appended(store.propose(append->commit));
        else
            return attempt.result();
    }
}

template <Decider D>
auto CommandProcessor<D>::execute(Id id, Command command, CommandContext context, Receipt receipt)
    -> asio::awaitable<Result> {
    auto& store = core_->store;
    const auto stream = stream_name<D>(id);
    Attempt attempt{OneCommand{*core_, stream, command, context, receipt}};
    while (true) {
        auto step = attempt.next();
        if (std::holds_alternative<attempt::Done>(step)) co_return attempt.result();
        if (auto* append = std::get_if<attempt::Append>(&step)) {
            auto keeping = store.append(std::move(append->commit));
            const auto kept = co_await std::move(keeping);
            attempt.appended(kept);
        } else {
            const auto* wait = std::get_if<attempt::WaitReadable>(&step);
            auto waiting = store.durable(wait ? wait->position : std::get<attempt::WaitDurable>(step).position);
            const auto done = co_await std::move(waiting);
            attempt.waited(done);
        }
    }
}

template <Decider D>
std::expected<void, Rejection> CommandProcessor<D>::submit(UnitOfWork& work, const Id& id, const Command& command,
                                                           const Uuid& command_id) {
    return core_->decide_in(work, stream_name<D>(id), command, command_id);
}

template <Decider D>
void CommandProcessor<D>::visit(UnitOfWork* work, const Id& id, const Visitor& read) {
    core_->visit(work, stream_name<D>(id), read);
}

template class CommandProcessor<product::Product>;
template class CommandProcessor<stock::Stock>;
template class CommandProcessor<order::Order>;
template class CommandProcessor<payment::Payment>;
template class CommandProcessor<delivery::Delivery>;
template class CommandProcessor<customer::Customer>;

}  // namespace sillok
