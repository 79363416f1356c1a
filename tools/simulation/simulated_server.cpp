#include "tools/simulation/simulated_server.hpp"

#include <algorithm>
#include <utility>
#include <variant>

namespace sillok::simulation {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t saga_batch_events = 64;
constexpr std::size_t read_model_batch_events = 128;
constexpr std::size_t states_max = 8;  // few, so that states are evicted and loaded again all the time

}  // namespace

// What a crash forgets.
struct SimulatedServer::Life {
    Life(SimulatedServer& server, std::uint64_t its_number)
        : number(its_number),
          store(server.disk_, {.writer = EventStoreOptions::Writer::caller}),
          forward(server.wall_.forward(store.storage().head().time)),
          clock(server.injected_bug_ == InjectedBug::wall_clock_timers ? static_cast<const Clock&>(server.wall_)
                                                                       : forward),
          orders(store, {.states_max = states_max}),
          stock(store, {.states_max = states_max}),
          payments(store, {.states_max = states_max}),
          deliveries(store, {.states_max = states_max}),
          engine(store, {orders, stock, payments, deliveries}, clock,
                 {.states_max = states_max,
                  .calls_max = 16,
                  .commit_aggregates_max = server.commit_aggregates_max_,
                  .reserve_for = server.reserve_for_,
                  .managers = server.managers_},
                 server.saga_checkpoint_, [&server](const ProviderCall& call) { server.call_provider(call); }),
          events(store, engine.known().position, saga_batch_events) {}

    template <class D>
    CommandProcessor<D>& processor() {
        if constexpr (std::is_same_v<D, order::Order>)
            return orders;
        else if constexpr (std::is_same_v<D, stock::Stock>)
            return stock;
        else
            return deliveries;
    }

    const std::uint64_t number;
    EventStore store;
    const ForwardClock forward;
    const Clock& clock;
    CommandProcessor<order::Order> orders;
    CommandProcessor<stock::Stock> stock;
    CommandProcessor<payment::Payment> payments;
    CommandProcessor<delivery::Delivery> deliveries;
    SagaEngine engine;
    Subscription events;  // of the sagas

    std::multimap<Position, std::function<void(Life&)>> waiting;  // for the disk
    std::vector<Hear> unanswered;                                 // clients whose answer the log owes
    bool writing = false;
    bool feeding_sagas = false;
    bool sagas_broken = false;
    std::vector<bool> feeding_read_models;
    std::optional<Microseconds> wakes;  // when the sagas' time is looked at next
};

SimulatedServer::SimulatedServer(const FaultRates& rates, Scheduler& scheduler, SimulatedClock& wall, Rng& rng,
                                 ProviderAcrossNetwork& provider, InjectedBug injected_bug,
                                 std::span<const saga::Manager> managers)
    : rates_(rates),
      scheduler_(scheduler),
      wall_(wall),
      rng_(rng),
      provider_(provider),
      injected_bug_(injected_bug),
      managers_(managers),
      // In some runs reservations expire so early that many orders are not confirmed in time.
      reserve_for_(rng.happens(0.3) ? std::optional{std::chrono::seconds{rng.between(2, 60)}} : std::nullopt),
      // In some a commit ends between any two steps, in others after some of them.
      commit_aggregates_max_(rng.happens(0.5) ? static_cast<std::size_t>(rng.between(1, 3)) : 64),
      disk_(std::make_shared<SimulatedDisk>(rates, rng, injected_bug)),
      read_models_(injected_bug) {}

SimulatedServer::~SimulatedServer() = default;

// ---- lives

void SimulatedServer::start() {
    disk_->start();
    if (saga_checkpoint_.position > disk_->head().position) saga_checkpoint_ = {};
    life_ = std::make_unique<Life>(*this, ++lives_);
    auto& life = *life_;
    read_models_.open(life.store);
    life.feeding_read_models.resize(read_models_.size());
    step(life, [&] {
        while (life.engine.is_behind()) life.engine.apply(life.events.poll());
        for (const auto& item : life.engine.pending()) {
            const bool is_trigger = item.trigger.value != 0;
            if (injected_bug_ == (is_trigger ? InjectedBug::triggers_forgotten : InjectedBug::intents_forgotten))
                continue;
            life.engine.resume(item);
        }
    });
    if (life_) arm(*life_);
}

void SimulatedServer::crash() {
    ++crashes_;
    read_models_.crash();
    const auto forgotten = std::exchange(life_, nullptr);
    for (const auto& hear : forgotten->unanswered)
        if (hear) hear(Reply::none);
    scheduler_.after(Microseconds{rng_.between(100'000, 5'000'000)}, [this] {
        if (!life_) start();
    });
}

bool SimulatedServer::has_failed() const {
    if (!life_) return false;
    // A restart does not help sagas that halt at what they cannot read, so nobody restarts them again and again.
    const bool halted = life_->sagas_broken && injected_bug_ != InjectedBug::unreadable_halts_all;
    return !life_->store.accepting() || halted;
}

void SimulatedServer::later(Microseconds wait, std::function<void(Life&)> work) {
    scheduler_.after(wait, [this, number = life_->number, work = std::move(work)] {
        if (life_ && life_->number == number) work(*life_);
    });
}

// Does a piece of the sagas' work. What they throw is a log that takes nothing any more.
void SimulatedServer::step(Life& life, const std::function<void()>& work) {
    if (life.sagas_broken) return;
    try {
        work();
    } catch (const StorageError&) {
        life.sagas_broken = true;
    }
    if (injected_bug_ == InjectedBug::unreadable_halts_all && has_unreadable_event_ &&
        !life.engine.known().parked.empty())
        life.sagas_broken = true;
}

// Sees to it that what has to happen next is on the agenda.
void SimulatedServer::arm(Life& life) {
    if (life.store.is_waiting() && !life.writing) {
        life.writing = true;
        later(Microseconds{rng_.between(100, 5'000)}, [this](Life& now) { write(now); });
    }
    if (life.events.position() < life.store.head() && !life.feeding_sagas) {
        life.feeding_sagas = true;
        later(Microseconds{rng_.between(10, 20'000)}, [this](Life& now) { feed_sagas(now); });
    }
    feed_read_models(life);
    const auto next_timer = life.sagas_broken ? std::nullopt : life.engine.next_timer();
    if (!next_timer) return;
    const auto wait =
        std::max<Microseconds>(20ms, std::chrono::milliseconds{next_timer->value - life.clock.now().value});
    // The clock goes a little faster or slower after the wall clock was set, so it is read again in between.
    const auto wakes = scheduler_.now() + std::min<Microseconds>(wait, 10min);
    if (life.wakes && *life.wakes <= wakes) return;
    life.wakes = wakes;
    later(wakes - scheduler_.now(), [this, wakes](Life& now) {
        if (now.wakes != wakes) return;
        now.wakes.reset();
        if (!sagas_paused_) step(now, [&] { now.engine.on_timers_due(); });
        arm(now);
    });
}

// ---- the disk

void SimulatedServer::write(Life& life) {
    life.writing = false;
    life.store.write_waiting();
    note_written();
    const bool power_failed = disk_->failure() == SimulatedDisk::Failure::power;
    if (!power_failed || injected_bug_ == InjectedBug::disk_forgets) answer_those_who_wait(life);
    if (power_failed) {
        crash();
        return;
    }
    if (!life.store.accepting())
        for (auto& hear : life.unanswered)
            if (hear) std::exchange(hear, nullptr)(Reply::unavailable);
    arm(life);
}

void SimulatedServer::note_written() { written_at_.resize(disk_->head().position.value, scheduler_.now()); }

void SimulatedServer::answer_those_who_wait(Life& life) {
    const auto head = life.store.head();
    while (!life.waiting.empty() && life.waiting.begin()->first <= head) {
        const auto work = std::move(life.waiting.begin()->second);
        life.waiting.erase(life.waiting.begin());
        work(life);
    }
}

void SimulatedServer::when_durable(Life& life, Position position, std::function<void(Life&)> work) {
    if (position <= life.store.head())
        work(life);
    else
        life.waiting.emplace(position, std::move(work));
}

// ---- commands from outside

template <Decider D>
void SimulatedServer::give(const typename D::Id& id, const typename D::Command& command, const Uuid& command_id,
                           Hear hear) {
    if (!life_) return hear(Reply::none);
    auto& life = *life_;
    const CommandContext context{{life.clock.now(), command_id, command_id, {}, "client"}, {}, {}};
    const auto result = life.template processor<D>().submit(id, command, context);
    const bool is_refused = !result && (std::holds_alternative<Rejection>(result.error()) ||
                                        std::holds_alternative<UnreadableEvent>(result.error()));
    if (is_refused) {
        hear(Reply::refused);
    } else if (!result) {
        hear(Reply::unavailable);
    } else if (injected_bug_ == InjectedBug::answer_before_disk) {
        hear(Reply::accepted);
    } else {
        const auto place = life.unanswered.size();
        life.unanswered.push_back(std::move(hear));
        when_durable(life, result->position, [place](Life& now) {
            if (now.unanswered[place]) std::exchange(now.unanswered[place], nullptr)(Reply::accepted);
        });
    }
    if (life_) arm(*life_);
}

template void SimulatedServer::give<order::Order>(const OrderId&, const order::Order::Command&, const Uuid&, Hear);
template void SimulatedServer::give<stock::Stock>(const ProductId&, const stock::Stock::Command&, const Uuid&, Hear);
template void SimulatedServer::give<delivery::Delivery>(const OrderId&, const delivery::Delivery::Command&, const Uuid&,
                                                        Hear);

void SimulatedServer::intervene_in_parked(saga::OperatorAction verb) {
    if (!life_) return;
    auto& life = *life_;
    std::vector<std::string> parked{life.engine.known().parked.begin(), life.engine.known().parked.end()};
    std::ranges::sort(parked);
    for (const auto& stream : parked) {
        step(life, [&] {
            const auto id = life.clock.new_id();
            const auto done = life.engine.on_operator_action(
                {.stream = stream,
                 .what = {.verb = verb, .step = {}, .reason = "the trouble is over", .result = {}},
                 .metadata = {life.clock.now(), id, id, {}, "operator"}});
            if (!done) return;
            when_durable(life, done->position, [this, stream](Life& now) {
                step(now, [&] { now.engine.follow_up(stream); });
                arm(now);
            });
        });
    }
    arm(life);
}

// ---- sagas

void SimulatedServer::pause_sagas(bool paused) {
    sagas_paused_ = paused;
    if (life_ && !paused) arm(*life_);
}

void SimulatedServer::add_unreadable_event(const std::string& stream) {
    if (!life_) return;
    has_unreadable_event_ = true;
    Commit commit{.metadata = {.time = life_->clock.now(), .actor = "a newer program"}};
    commit.appends.push_back({stream, NoStream{}, {{std::string{unreadable_event}, 1, {}}}});
    if (const auto refused = life_->store.propose(commit); !refused && refused.error().code == errc::version_conflict) {
        commit.appends.front().expected = refused.error().actual;
        [[maybe_unused]] const auto added = life_->store.propose(commit);  // the log may have failed
    }
    arm(*life_);
}

void SimulatedServer::feed_sagas(Life& life) {
    life.feeding_sagas = false;
    if (!sagas_paused_) {
        const auto batch = life.events.poll();
        step(life, [&] { life.engine.on_events(batch); });
        if (rng_.happens(0.02)) saga_checkpoint_ = life.engine.known();
    }
    if (life.sagas_broken) return;
    if (sagas_paused_)
        later(100ms, [this](Life& now) { arm(now); });
    else
        arm(life);
}

void SimulatedServer::call_provider(const ProviderCall& call) {
    const auto ask = [this, call](Life& now) {
        auto request = call.request;
        if (injected_bug_ == InjectedBug::capture_key_reused && request.type == ProviderOperation::Type::capture)
            request.call.key = call.command_id;
        provider_.call(request, [this, call, number = now.number](const ProviderResponse& said, auto took) {
            if (!life_ || life_->number != number) return;
            life_->engine.report(call, said, took);
            respond(*life_, call, said);
        });
    };
    // Not at once: the engine is at work.
    later(0us, [this, ask, intended = call.intended](Life& now) {
        when_durable(now, injected_bug_ == InjectedBug::intent_not_durable ? Position{} : intended, ask);
    });
}

void SimulatedServer::respond(Life& life, const ProviderCall& call, const ProviderResponse& said) {
    if (sagas_paused_) {
        later(100ms, [this, call, said](Life& now) { respond(now, call, said); });
        return;
    }
    step(life, [&] { life.engine.on_provider_response(call, said); });
    arm(life);
}

void SimulatedServer::notice(const ProviderOperation& operation) {
    if (!life_) return;
    auto& life = *life_;
    step(life, [&] {
        const auto id = uuid_v5(operation.key, "notice");
        const auto noticed =
            life.engine.on_provider_notice({operation, {life.clock.now(), id, {}, {}, "provider"}}, {});
        if (!noticed || !noticed->ignored.empty()) return;
        when_durable(life, noticed->position, [this, stream = noticed->stream](Life& now) {
            step(now, [&] { now.engine.follow_up(stream); });
            arm(now);
        });
    });
    arm(life);
}

// ---- read models

void SimulatedServer::feed_read_models(Life& life) {
    for (std::size_t i = 0; i < read_models_.size(); ++i) {
        if (life.feeding_read_models[i] || !read_models_.is_behind(i)) continue;
        life.feeding_read_models[i] = true;
        const auto wait = rng_.happens(rates_.read_model_pause) ? 30s : 50ms;
        later(Microseconds{rng_.between(10, Microseconds{wait}.count())}, [this, i](Life& now) {
            now.feeding_read_models[i] = false;
            read_models_.take(i, read_model_batch_events);
            if (rng_.happens(0.02)) read_models_.make_durable();
            arm(now);
        });
    }
}

// ---- looking

bool SimulatedServer::is_at_rest() const {
    return life_ && !life_->store.is_waiting() && life_->events.position() == life_->store.head();
}

const EventStore& SimulatedServer::store() const { return life_->store; }
const saga::PendingWork& SimulatedServer::sagas() const { return life_->engine.known(); }

std::vector<std::string> SimulatedServer::differing_rows() { return read_models_.differences(); }

}  // namespace sillok::simulation
