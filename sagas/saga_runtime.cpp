#include "sagas/saga_runtime.hpp"

#include "aggregates/event_codec.hpp"
#include "eventstore/subscription.hpp"
#include "sagas/errands.hpp"
#include "sagas/outstanding.hpp"
#include "sagas/process_manager.hpp"
#include "sagas/saga_checkpoint.hpp"

#include <spdlog/spdlog.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <algorithm>
#include <atomic>
#include <deque>
#include <exception>
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <variant>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;
using namespace saga;

constexpr std::size_t batch_events_max = 512;  // between two batches, answers of the payment provider get their turn
constexpr auto tick = 20ms;                    // how often the wall clock is looked at while something is due
constexpr auto glance = 10ms;                  // how often a paused or full runtime looks whether it may go on

// A journal that this program cannot read.
class Unreadable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A saga in memory. Its state may be ahead of the disk.
struct Instance {
    Instance(std::string name, const Manager* its_manager) : stream(std::move(name)), manager(its_manager) {}

    std::string stream;
    const Manager* manager;
    State state;
    Version version;               // of the journal, with what has been proposed
    Position written;              // of the last journal event proposed
    Uuid correlation;              // of the last trigger
    Uuid causation;                // the last trigger's event id
    std::vector<Event> unwritten;  // evolved, not yet proposed
};

}  // namespace

class SagaRuntime::Loop {
   public:
    Loop(EventStore& store, SagaTargets targets, Payments& payments, const Clock& clock, SagaOptions options)
        : store_(store),
          payments_(payments),
          clock_(clock),
          options_(std::move(options)),
          breaker_(options_.breaker),
          errands_(store, targets, payments),
          checkpoint_(options_.directory) {}
    ~Loop() { stop(); }

    void start();
    void stop();
    BreakerSnapshot breaker() const;
    void set_breaker(BreakerMode mode);

    // REQUIRES: the loop's own thread.
    asio::awaitable<std::expected<SagaIntervened, InterventionError>> intervene(SagaIntervention intervention);
    auto executor() { return context_.get_executor(); }

    std::atomic<bool> paused = false;
    std::atomic<bool> running = false;
    Watermark position;
    std::atomic<std::uint64_t> live = 0;
    std::atomic<std::uint64_t> outstanding = 0;
    std::atomic<std::uint64_t> parked = 0;

   private:
    using Instances = std::list<Instance>;

    // Following the log.
    asio::awaitable<void> follow();
    asio::awaitable<void> catch_up(Subscription& subscription);
    asio::awaitable<void> take_up_what_is_owed();
    asio::awaitable<void> until_there_is_room();
    asio::awaitable<void> until_resumed();
    Position last_journal_event(Position after) const;
    void load_checkpoint();
    void take(const EventBatch& batch);
    void show_counts();

    // Reacting.
    void dispatch(const Manager& manager, const std::string& stream, const Recorded& recorded, const OrderId& order);
    void hear(const Manager& manager, const std::string& stream, const Recorded& recorded, const OrderId& order);
    void advance(Instance& instance);
    bool begin(Instance& instance, const Intent& intent);
    void settle(Instance& instance, const Answer& answer);
    void record(Instance& instance, Event event);
    void write(Instance& instance);
    void write(Instance& instance, const Commit& head);
    Commit journal_commit(const Instance& instance, Commit head) const;

    // Operators.
    std::expected<saga::event::Intervened, InterventionError> take(const SagaIntervention& intervention);
    Moment moment();
    void note_who_is_held_back(Timestamp now);
    Metadata metadata(const Instance& instance, const Uuid& command_id) const;

    // Calls to the payment provider.
    BreakerState breaker_state(Timestamp now) const;
    bool may_call() const;
    CircuitBreaker::Call begin_call();
    void report(CircuitBreaker::Call call, const PaymentAnswer& said, std::chrono::steady_clock::time_point begun);
    bool set_out(Instance& instance, const Intent& intent);
    asio::awaitable<void> make_call(std::string stream, PaymentErrand errand, Position intended,
                                    CircuitBreaker::Call call);
    void bring_home(const std::string& stream, const PaymentErrand& errand, const PaymentAnswer& said);
    void begin_waiting_calls();
    void spawn_call(asio::awaitable<void> call);

    // Time.
    void arm();
    void on_tick();
    void save_checkpoint();

    // Instances in memory.
    Instance& find(const Manager& manager, const std::string& stream, bool fresh = false);
    Instance load(const Manager& manager, const std::string& stream) const;
    void forget(const std::string& stream);
    void evict();

    // Runs a part of the work for one saga. What goes wrong stays with that saga; a lost log stops everything.
    template <class Work>
    void guarded(const std::string& stream, const Recorded* trigger, Work&& work);
    void park(const std::string& stream, const Recorded* trigger, const std::string& why);
    void halt(const std::string& why);

    asio::awaitable<void> wind_up();

    // Constant after construction.
    EventStore& store_;
    Payments& payments_;
    const Clock& clock_;
    const SagaOptions options_;

    std::atomic<bool> stopping_ = false;

    mutable std::mutex breaker_mutex_;
    CircuitBreaker breaker_;  // guarded by breaker_mutex_

    // Of the runtime's own thread (of start() and stop() while that does not run).
    Errands errands_;
    Checkpoint checkpoint_;
    Outstanding outstanding_;
    Position saved_;        // up to where the checkpoint on disk goes
    Position read_before_;  // journals may exist of sagas that started up to here; of later ones only in memory
    Instances instances_;   // the least recently used first
    ByStream<Instances::iterator> by_stream_;
    Streams under_way_;  // journals whose open intent waits in line, for an answer or for a time
    std::multimap<Timestamp, std::string> due_;  // when a further attempt is to be made
    std::deque<std::string> calls_waiting_;
    std::size_t calls_in_flight_ = 0;
    std::size_t held_back_ = 0;              // how many at the front of the line have waited for the breaker
    std::optional<Timestamp> spared_until_;  // when it was last not closed, or somebody held back
    std::list<asio::cancellation_signal> call_ends_;
    asio::cancellation_signal follow_end_;
    bool following_ = false;
    bool abandoning_ = false;  // answers of calls are not taken any more
    bool armed_ = false;
    std::chrono::steady_clock::time_point last_save_{};

    asio::io_context context_{1};  // after everything that its coroutines use
    asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
    asio::steady_timer ticker_{context_};
    std::thread thread_;
};

// ---- starting and stopping

void SagaRuntime::Loop::start() {
    load_checkpoint();
    show_counts();
    position.advance(outstanding_.position);
    running = true;
    following_ = true;
    auto following = follow();
    asio::co_spawn(context_, std::move(following),
                   asio::bind_cancellation_slot(follow_end_.slot(), [this](std::exception_ptr failed) {
                       following_ = false;
                       if (!failed || stopping_) return;
                       try {
                           std::rethrow_exception(failed);
                       } catch (const std::exception& error) {
                           halt(error.what());
                       }
                   }));
    thread_ = std::thread{[this] { context_.run(); }};
}

void SagaRuntime::Loop::stop() {
    if (!thread_.joinable() || stopping_.exchange(true)) return;
    asio::post(context_, [this] {
        follow_end_.emit(asio::cancellation_type::terminal);
        auto winding_up = wind_up();
        asio::co_spawn(context_, std::move(winding_up), [this](std::exception_ptr) {
            ticker_.cancel();
            work_.reset();
        });
    });
    thread_.join();
    running = false;
    position.close();
}

asio::awaitable<void> SagaRuntime::Loop::wind_up() {
    asio::steady_timer timer{context_};
    const auto until = std::chrono::steady_clock::now() + options_.drain_ms;
    while ((following_ || calls_in_flight_ > 0) && std::chrono::steady_clock::now() < until) {
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
    // Who has not answered by now will be asked again after the next start, under the same command id.
    abandoning_ = true;
    payments_.close();
    for (auto& end : call_ends_) end.emit(asio::cancellation_type::terminal);
    while (following_ || calls_in_flight_ > 0) {
        timer.expires_after(1ms);
        co_await timer.async_wait(asio::use_awaitable);
    }
    save_checkpoint();
}

void SagaRuntime::Loop::halt(const std::string& why) {
    if (!running.exchange(false)) return;
    spdlog::error("sagas have halted: {}", why);
    follow_end_.emit(asio::cancellation_type::terminal);
}

void SagaRuntime::Loop::load_checkpoint() {
    if (auto loaded = checkpoint_.load()) {
        const auto at = loaded->position;
        if (at.value == 0) return;
        if (at <= store_.head()) {
            const auto event = store_.read_log(Position{at.value - 1}, 1);
            if (!event.empty() && event.front().chain_hash == loaded->chain_hash) {
                outstanding_ = *std::move(loaded);
                saved_ = at;
                return;
            }
        }
        spdlog::warn("the saga checkpoint at {} is of another log: reading this one from its beginning", at.value);
    }
}

// ---- following the log

// After the last event of any journal nothing can have been answered yet.
Position SagaRuntime::Loop::last_journal_event(Position after) const {
    for (auto at = store_.head(); at > after;) {
        const auto batch = store_.read_log_back(at, batch_events_max);
        if (batch.empty()) break;
        for (const auto& recorded : batch) {
            if (recorded.position <= after) return after;
            if (manager_of(recorded.stream) != nullptr) return recorded.position;
        }
        at = Position{batch.back().position.value - 1};
    }
    return after;
}

asio::awaitable<void> SagaRuntime::Loop::follow() {
    read_before_ = last_journal_event(outstanding_.position);
    Subscription subscription{store_, outstanding_.position, batch_events_max};
    co_await catch_up(subscription);
    co_await take_up_what_is_owed();
    while (!stopping_ && running) {
        EventBatch batch = co_await subscription.next();
        if (batch.empty()) break;
        co_await until_there_is_room();
        if (stopping_) break;
        take(batch);
        // Answers of the payment provider and due attempts come in between two batches.
        co_await asio::post(context_, asio::use_awaitable);
    }
    if (!stopping_) halt("the log has been closed");
}

asio::awaitable<void> SagaRuntime::Loop::catch_up(Subscription& subscription) {
    while (!stopping_ && subscription.position() < read_before_) {
        const auto batch = subscription.poll();
        if (batch.empty()) break;
        for (const auto& recorded : batch) outstanding_.take_in(recorded);
        show_counts();
        position.advance(outstanding_.position);
        co_await asio::post(context_, asio::use_awaitable);
    }
    // The batch may have gone on beyond: those are sagas that have not started yet, whose journals are absent.
    read_before_ = std::max(read_before_, outstanding_.position);
}

asio::awaitable<void> SagaRuntime::Loop::take_up_what_is_owed() {
    struct Owed {
        Position trigger;
        std::string stream;
    };
    std::vector<Owed> triggers;
    for (const auto& [stream, positions] : outstanding_.unanswered)
        for (const auto at : positions) triggers.push_back({at, stream});
    std::ranges::sort(triggers, {}, &Owed::trigger);
    const std::vector<std::string> open{outstanding_.open.begin(), outstanding_.open.end()};
    if (!triggers.empty() || !open.empty())
        spdlog::info("sagas resume: {} events to answer, {} intents to carry out", triggers.size(), open.size());
    for (const auto& owed : triggers) {
        co_await until_there_is_room();
        if (stopping_ || !running) co_return;
        const auto event = store_.read_log(Position{owed.trigger.value - 1}, 1);
        const auto* manager = manager_of(owed.stream);
        const auto order = manager->instance(event.front());
        if (order) dispatch(*manager, owed.stream, event.front(), *order);
        evict();
    }
    for (const auto& stream : open) {
        co_await until_there_is_room();
        if (stopping_ || !running) co_return;
        guarded(stream, nullptr, [&] { advance(find(*manager_of(stream), stream)); });
        evict();
    }
    arm();
}

asio::awaitable<void> SagaRuntime::Loop::until_resumed() {
    if (!paused) co_return;
    asio::steady_timer timer{context_};
    while (paused && !stopping_ && running) {
        timer.expires_after(glance);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

asio::awaitable<void> SagaRuntime::Loop::until_there_is_room() {
    co_await until_resumed();
    if (calls_waiting_.size() < options_.calls_waiting_max) co_return;
    asio::steady_timer timer{context_};
    while (calls_waiting_.size() >= options_.calls_waiting_max && !stopping_ && running) {
        timer.expires_after(glance);
        co_await timer.async_wait(asio::use_awaitable);
    }
}

void SagaRuntime::Loop::take(const EventBatch& batch) {
    for (const auto& recorded : batch) {
        if (!running) return;
        outstanding_.take_in(recorded);
        for (const auto& manager : managers()) {
            const auto order = manager.instance(recorded);
            if (!order) continue;
            const auto stream = stream_of(*manager.definition, *order);
            if (outstanding_.listens(recorded, stream)) dispatch(manager, stream, recorded, *order);
        }
    }
    evict();
    arm();
    show_counts();
    position.advance(outstanding_.position);
}

void SagaRuntime::Loop::show_counts() {
    live = outstanding_.live;
    outstanding = outstanding_.open.size() + outstanding_.unanswered.size();
    parked = outstanding_.parked.size();
}

// ---- reacting

template <class Work>
void SagaRuntime::Loop::guarded(const std::string& stream, const Recorded* trigger, Work&& work) {
    try {
        work();
    } catch (const LogUnavailable& gone) {
        halt(gone.what());
    } catch (const StorageError& broken) {
        halt(broken.what());
    } catch (const std::exception& error) {
        try {
            park(stream, trigger, error.what());
        } catch (const LogUnavailable& gone) {
            halt(gone.what());
        } catch (const std::exception& worse) {
            spdlog::error("{} could not be parked: {}", stream, worse.what());
            forget(stream);
        }
    }
}

void SagaRuntime::Loop::dispatch(const Manager& manager, const std::string& stream, const Recorded& recorded,
                                 const OrderId& order) {
    guarded(stream, &recorded, [&] { hear(manager, stream, recorded, order); });
}

void SagaRuntime::Loop::hear(const Manager& manager, const std::string& stream, const Recorded& recorded,
                             const OrderId& order) {
    const bool starts = recorded.type == manager.definition->starts;
    auto& instance = find(manager, stream, starts && recorded.position > read_before_);
    Trigger trigger{recorded.position, recorded.type, order, {}};
    if (starts && instance.state.course == Course::absent) trigger.facts = errands_.facts(recorded, order);
    auto event = manager.react(instance.state, trigger);
    if (!event) return;
    instance.correlation = recorded.correlation_id;
    instance.causation = recorded.event_id;
    record(instance, *std::move(event));
    advance(instance);
}

// One thing after another, until the saga waits: for an event, for a time, for the payment provider.
void SagaRuntime::Loop::advance(Instance& instance) {
    for (;;) {
        while (auto event = instance.manager->next(instance.state, moment())) record(instance, *std::move(event));
        write(instance);
        const auto intent = instance.manager->resume(instance.state);
        if (!intent || under_way_.contains(instance.stream)) return;
        if (!begin(instance, *intent)) return;
    }
}

// True when the intent has been settled already.
bool SagaRuntime::Loop::begin(Instance& instance, const Intent& intent) {
    if (intent.not_before.value != 0) {
        under_way_.insert(instance.stream);
        due_.emplace(intent.not_before, instance.stream);
        arm();
        return false;
    }
    if (is_payment(intent.act)) return set_out(instance, intent);
    settle(instance, errands_.carry_out(instance.state, intent, metadata(instance, intent.command_id)));
    return true;
}

void SagaRuntime::Loop::settle(Instance& instance, const Answer& answer) {
    record(instance, instance.manager->settle(instance.state, answer, moment()));
}

void SagaRuntime::Loop::record(Instance& instance, Event event) {
    instance.state = instance.manager->evolve(std::move(instance.state), event);
    instance.unwritten.push_back(std::move(event));
}

void SagaRuntime::Loop::write(Instance& instance) { write(instance, {.metadata = metadata(instance, {})}); }

// `head`: everything of the commit but the journal's events.
void SagaRuntime::Loop::write(Instance& instance, const Commit& head) {
    if (instance.unwritten.empty()) return;
    const auto commit = journal_commit(instance, head);
    auto appended = store_.propose(commit);
    while (!appended) {
        give_way(store_, appended.error());
        appended = store_.propose(commit);
    }
    instance.written = appended->last;
    instance.version.value += instance.unwritten.size();
    instance.unwritten.clear();
}

Commit SagaRuntime::Loop::journal_commit(const Instance& instance, Commit commit) const {
    auto& append = commit.appends.emplace_back();
    append.stream = instance.stream;
    append.expected = instance.version.value == 0 ? Expected{NoStream{}} : Expected{instance.version};
    append.events.reserve(instance.unwritten.size());
    for (const auto& event : instance.unwritten) append.events.push_back(encode(event));
    return commit;
}

Moment SagaRuntime::Loop::moment() {
    const auto now = clock_.now();
    note_who_is_held_back(now);
    return {now, clock_.random(), spared_until_};
}

Metadata SagaRuntime::Loop::metadata(const Instance& instance, const Uuid& command_id) const {
    return {clock_.now(), command_id, instance.correlation, instance.causation, std::string{instance.manager->actor}};
}

// ---- operators

// Writes what the operator does and what follows from it in one commit: no crash can come between.
std::expected<saga::event::Intervened, InterventionError> SagaRuntime::Loop::take(
    const SagaIntervention& intervention) {
    const auto* manager = manager_of(intervention.stream);
    if (manager == nullptr) return std::unexpected(NotAllowed::unknown);
    auto& instance = find(*manager, intervention.stream);
    const auto intervened = saga::intervene(instance.state, intervention.what, moment());
    if (intervened && intervention.if_match && *intervention.if_match != instance.version)
        return std::unexpected(PreconditionFailed{instance.version});
    if (!intervened) {
        if (instance.version.value == 0) forget(intervention.stream);
        return std::unexpected(intervened.error());
    }
    if (intervened->verb != Verb::annotate) {  // it stands still, so all that it may wait for is a time
        std::erase_if(due_, [&](const auto& due) { return due.second == instance.stream; });
        under_way_.erase(instance.stream);
    }
    record(instance, *intervened);
    if (intervened->verb != Verb::annotate)
        while (auto event = instance.manager->next(instance.state, moment())) record(instance, *std::move(event));
    Commit head{.metadata = intervention.metadata};
    if (intervention.receipt)
        head.receipt = intervention.receipt(*intervened, Version{instance.version.value + instance.unwritten.size()});
    write(instance, head);
    return *intervened;
}

asio::awaitable<std::expected<SagaIntervened, InterventionError>> SagaRuntime::Loop::intervene(
    SagaIntervention intervention) {
    if (!running || stopping_) co_return std::unexpected(InterventionError{errc::closed});
    SagaIntervened done;
    std::optional<InterventionError> refused;
    guarded(intervention.stream, nullptr, [&] {
        const auto taken = take(intervention);
        if (!taken) {
            refused = taken.error();
            return;
        }
        const auto& instance = *by_stream_.at(intervention.stream);
        done = {*taken, instance.version, instance.written};
    });
    if (refused) co_return std::unexpected(*refused);
    if (!running) co_return std::unexpected(InterventionError{errc::log_unavailable});
    if (done.version.value == 0) co_return std::unexpected(InterventionError{NotAllowed::unreadable});
    const auto durable = co_await store_.durable(done.position);
    if (!durable) co_return std::unexpected(InterventionError{durable.error()});
    // What follows is carried out like everything that is due.
    if (done.event.verb != Verb::annotate && !under_way_.contains(intervention.stream)) {
        under_way_.insert(intervention.stream);
        due_.emplace(Timestamp{}, intervention.stream);
        arm();
    }
    co_return done;
}

// ---- calls to the payment provider

BreakerSnapshot SagaRuntime::Loop::breaker() const {
    const std::scoped_lock lock{breaker_mutex_};
    return breaker_.snapshot(clock_.now());
}

BreakerState SagaRuntime::Loop::breaker_state(Timestamp now) const {
    const std::scoped_lock lock{breaker_mutex_};
    return breaker_.state(now);
}

void SagaRuntime::Loop::set_breaker(BreakerMode mode) {
    const std::scoped_lock lock{breaker_mutex_};
    breaker_.set_mode(mode);
    spdlog::warn("the payment provider's circuit breaker is set to {}", text(mode));
}

// Whoever has stood in line behind the breaker is given time until the line has moved past them.
void SagaRuntime::Loop::note_who_is_held_back(Timestamp now) {
    const bool closed = breaker_state(now) == BreakerState::closed;
    if (!closed) held_back_ = calls_waiting_.size();
    if (!closed || held_back_ > 0) spared_until_ = now;
}

// Who may not waits in line: the breaker lets its probes, and afterwards the bulkhead its calls, off the front, so
// that a break's end wakes no more sagas than can go.
bool SagaRuntime::Loop::may_call() const {
    if (calls_in_flight_ >= options_.calls_max) return false;
    const std::scoped_lock lock{breaker_mutex_};
    return breaker_.lets(clock_.now());
}

CircuitBreaker::Call SagaRuntime::Loop::begin_call() {
    const std::scoped_lock lock{breaker_mutex_};
    return breaker_.begin(clock_.now());
}

// How long a call took is not measured with the wall clock, which may be set meanwhile.
void SagaRuntime::Loop::report(CircuitBreaker::Call call, const PaymentAnswer& said,
                               std::chrono::steady_clock::time_point begun) {
    using std::chrono::duration_cast, std::chrono::milliseconds, std::chrono::steady_clock;
    const auto took = duration_cast<milliseconds>(steady_clock::now() - begun);
    const auto outcome =
        std::holds_alternative<Unknown>(said) ? CircuitBreaker::Outcome::failed : CircuitBreaker::Outcome::answered;
    const auto now = clock_.now();
    const std::scoped_lock lock{breaker_mutex_};
    const auto before = breaker_.state(now);
    breaker_.report(call, outcome, took, now, clock_.random());
    if (breaker_.state(now) == before) return;
    const auto after = breaker_.snapshot(now);
    if (after.state == BreakerState::closed)
        spdlog::info("the payment provider answers again");
    else
        spdlog::warn("the payment provider is spared for {} s: of {} calls {:.0f} % failed, {:.0f} % were slow",
                     after.look_again.count(), after.calls, after.failure_rate * 100, after.slow_rate * 100);
}

// True when nothing had to be asked and the intent has been settled.
bool SagaRuntime::Loop::set_out(Instance& instance, const Intent& intent) {
    if (stopping_) return false;
    if (!may_call()) {
        under_way_.insert(instance.stream);
        calls_waiting_.push_back(instance.stream);
        return false;
    }
    auto errand = errands_.set_out(instance.state, intent, metadata(instance, intent.command_id));
    if (const auto* answer = std::get_if<Answer>(&errand)) {
        settle(instance, *answer);
        return true;
    }
    under_way_.insert(instance.stream);
    const auto intended = std::max(instance.written, errands_.proposed());
    spawn_call(make_call(instance.stream, std::get<PaymentErrand>(std::move(errand)), intended, begin_call()));
    return false;
}

void SagaRuntime::Loop::spawn_call(asio::awaitable<void> call) {
    ++calls_in_flight_;
    const auto end = call_ends_.emplace(call_ends_.end());
    asio::co_spawn(context_, std::move(call),
                   asio::bind_cancellation_slot(end->slot(), [this, end](std::exception_ptr) {
                       call_ends_.erase(end);
                       --calls_in_flight_;
                       if (!stopping_ && !paused) begin_waiting_calls();
                   }));
}

asio::awaitable<void> SagaRuntime::Loop::make_call(std::string stream, PaymentErrand errand, Position intended,
                                                   CircuitBreaker::Call call) {
    const auto durable = co_await store_.durable(intended);
    if (abandoning_) co_return;
    if (!durable) {
        halt(std::string{name(durable.error())});
        co_return;
    }
    const auto begun = std::chrono::steady_clock::now();
    PaymentAnswer said;
    try {
        said = co_await errands_.call(errand);
    } catch (const std::exception& error) {
        said = Unknown{error.what()};
    }
    if (!abandoning_) report(call, said, begun);
    co_await until_resumed();
    if (!abandoning_ && running) bring_home(stream, errand, said);
}

void SagaRuntime::Loop::bring_home(const std::string& stream, const PaymentErrand& errand, const PaymentAnswer& said) {
    under_way_.erase(stream);
    guarded(stream, nullptr, [&] {
        auto& instance = find(*manager_of(stream), stream);
        settle(instance, errands_.bring_home(errand, said, metadata(instance, errand.call.key)));
        advance(instance);
    });
}

void SagaRuntime::Loop::begin_waiting_calls() {
    note_who_is_held_back(clock_.now());
    while (!calls_waiting_.empty() && may_call() && running) {
        const auto stream = std::move(calls_waiting_.front());
        calls_waiting_.pop_front();
        under_way_.erase(stream);
        guarded(stream, nullptr, [&] { advance(find(*manager_of(stream), stream)); });
        if (held_back_ > 0) --held_back_;
    }
}

// ---- time

// Something is due, or the checkpoint is behind: the clock has to be looked at.
void SagaRuntime::Loop::arm() {
    if (armed_ || stopping_ || (due_.empty() && calls_waiting_.empty() && saved_ == outstanding_.position)) return;
    armed_ = true;
    ticker_.expires_after(tick);
    ticker_.async_wait([this](const boost::system::error_code& cancelled) {
        armed_ = false;
        if (!cancelled && !stopping_ && running) on_tick();
    });
}

void SagaRuntime::Loop::on_tick() {
    if (!paused) {
        const auto now = clock_.now();
        while (!due_.empty() && due_.begin()->first <= now && running) {
            const auto stream = std::move(due_.begin()->second);
            due_.erase(due_.begin());
            // Only the payment provider leaves attempts without an answer. The next one is written when it can be made.
            if (!may_call()) {
                calls_waiting_.push_back(stream);
                continue;
            }
            under_way_.erase(stream);
            guarded(stream, nullptr, [&] { advance(find(*manager_of(stream), stream)); });
        }
        begin_waiting_calls();
    }
    const auto now = std::chrono::steady_clock::now();
    if (saved_ < outstanding_.position && now - last_save_ >= options_.checkpoint_ms) save_checkpoint();
    arm();
}

void SagaRuntime::Loop::save_checkpoint() {
    last_save_ = std::chrono::steady_clock::now();
    if (saved_ == outstanding_.position) return;
    if (checkpoint_.save(outstanding_))
        saved_ = outstanding_.position;
    else
        spdlog::warn("the saga checkpoint could not be written; the next start reads from {} on", saved_.value);
}

// ---- instances in memory

Instance& SagaRuntime::Loop::find(const Manager& manager, const std::string& stream, bool fresh) {
    if (const auto found = by_stream_.find(stream); found != by_stream_.end()) {
        instances_.splice(instances_.end(), instances_, found->second);
        return *found->second;
    }
    instances_.push_back(fresh ? Instance{stream, &manager} : load(manager, stream));
    by_stream_.emplace(stream, std::prev(instances_.end()));
    return instances_.back();
}

Instance SagaRuntime::Loop::load(const Manager& manager, const std::string& stream) const {
    Instance instance{stream, &manager};
    for (;;) {
        const auto batch = store_.read_stream(stream, next(instance.version), batch_events_max);
        if (batch.empty()) break;
        for (const auto& recorded : batch) {
            const auto event = decode<Event>(recorded);
            if (!event) throw Unreadable(event.error().what);
            instance.state = manager.evolve(std::move(instance.state), *event);
            instance.version = recorded.version;
            instance.written = recorded.position;
            instance.correlation = recorded.correlation_id;
            instance.causation = recorded.causation_id;
            if (const auto* started = std::get_if<event::Started>(&*event); started && !instance.state.definition)
                throw Unreadable(
                    fmt::format("unknown definition {} {}", started->definition, started->definition_version));
        }
    }
    return instance;
}

void SagaRuntime::Loop::forget(const std::string& stream) {
    const auto found = by_stream_.find(stream);
    if (found == by_stream_.end()) return;
    instances_.erase(found->second);
    by_stream_.erase(found);
}

// A state whose journal is durable can be had again; the others stay.
void SagaRuntime::Loop::evict() {
    const auto head = store_.head();
    while (instances_.size() > options_.states_max && instances_.front().written <= head)
        forget(std::string{instances_.front().stream});
}

// The saga waits for an operator: its journal says so, and the event that it stumbled over is not offered again.
void SagaRuntime::Loop::park(const std::string& stream, const Recorded* trigger, const std::string& why) {
    spdlog::error("{} is parked: {}", stream, why);
    const auto* manager = manager_of(stream);
    const auto found = by_stream_.find(stream);
    Instance instance{stream, manager};
    instance.version = found == by_stream_.end() ? store_.version_of(stream) : found->second->version;
    if (found != by_stream_.end()) {
        instance.correlation = found->second->correlation;
        instance.causation = found->second->causation;
    }
    const bool recorded = trigger != nullptr && found != by_stream_.end() && found->second->unwritten.empty() &&
                          found->second->state.last_trigger >= trigger->position;
    forget(stream);
    if (trigger != nullptr && !recorded) {
        instance.correlation = trigger->correlation_id;
        instance.causation = trigger->event_id;
        instance.unwritten.emplace_back(event::Ignored{trigger->position, std::string{trigger->type}, why});
    }
    if (!outstanding_.parked.contains(stream)) instance.unwritten.emplace_back(event::Parked{{}, why});
    if (instance.unwritten.empty()) return;
    write(instance);
    // It is read from the disk the next time.
    if (!store_.wait_durable(instance.written)) throw LogUnavailable("the log ended");
}

// ---- the face of it

SagaRuntime::SagaRuntime(EventStore& store, SagaTargets targets, Payments& payments, const Clock& clock,
                         SagaOptions options)
    : loop_(std::make_unique<Loop>(store, targets, payments, clock, std::move(options))) {}
SagaRuntime::~SagaRuntime() = default;

void SagaRuntime::start() { loop_->start(); }
void SagaRuntime::stop() { loop_->stop(); }
void SagaRuntime::pause() { loop_->paused = true; }
void SagaRuntime::resume() { loop_->paused = false; }
bool SagaRuntime::paused() const { return loop_->paused; }
bool SagaRuntime::running() const { return loop_->running; }
asio::awaitable<std::expected<SagaIntervened, InterventionError>> SagaRuntime::intervene(
    SagaIntervention intervention) {
    auto work = loop_->intervene(std::move(intervention));
    co_return co_await asio::co_spawn(loop_->executor(), std::move(work), asio::use_awaitable);
}
Watermark& SagaRuntime::position() { return loop_->position; }
SagaCounts SagaRuntime::counts() const { return {loop_->live, loop_->outstanding, loop_->parked}; }
BreakerSnapshot SagaRuntime::payments_breaker() const { return loop_->breaker(); }
void SagaRuntime::set_payments_breaker(BreakerMode mode) { loop_->set_breaker(mode); }

}  // namespace sillok
