#include "sagas/engine/saga_engine.hpp"

#include "aggregates/skipped_event.hpp"
#include "sagas/engine/saga_errors.hpp"
#include "sagas/engine/saga_names.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

namespace sillok {

using namespace saga;

SagaEngine::SagaEngine(EventStore& store, SagaTargets targets, const Clock& clock, SagaEngineOptions options,
                       PendingWork known, MakeCall make_call)
    : store_(store),
      clock_(clock),
      options_(options),
      known_(std::move(known)),
      caught_up_at_(last_journal_event(store, known_.position, options_.managers)),
      instances_(store, options_.states_max),
      writer_(store, clock),
      own_(store, targets, writer_.unit(), options_.managers, options_.refund_in_transit),
      provider_(store, targets.payments, writer_.unit(), options_.managers),
      gate_(clock, options_.breaker, options_.calls_max),
      waits_(gate_, timers_),
      steps_(clock, options_.commit_aggregates_max, own_, provider_, writer_, gate_, timers_, waits_,
             std::move(make_call)),
      reactions_(own_, provider_, writer_, gate_, waits_, steps_, options_.reserve_for),
      executor_(store, options_.managers, known_, instances_, writer_, steps_),
      notices_(store, options_.managers, instances_, provider_, writer_, waits_, steps_, executor_),
      operators_(options_.managers, instances_, own_, provider_, writer_, waits_, steps_, executor_) {}

void SagaEngine::apply(const EventBatch& batch) {
    for (const auto& recorded : batch) known_.apply(recorded, options_.managers);
}

std::vector<PendingItem> SagaEngine::pending() {
    // The last batch may hold later triggers. Their sagas have no journal yet.
    caught_up_at_ = std::max(caught_up_at_, known_.position);
    settle_parked();
    return pending_items(known_);
}

// Another program may have found a journal unreadable that this one can read. Then its saga is what the journal says.
void SagaEngine::settle_parked() {
    for (const auto& stream : Streams{known_.parked}) settle(stream);
    instances_.evict();
}

void SagaEngine::settle(const std::string& stream) {
    try {
        const auto& manager = *manager_of(stream, options_.managers);
        const auto& state = instances_.find(manager, stream).state;
        const bool has_next = std::holds_alternative<action::Record>(manager.advance(state, steps_.context()));
        known_.settle(stream, state.pending() != nullptr || has_next, state.parked, is_in<phase::Ended>(state));
    } catch (const JournalUnreadable& unreadable) {
        spdlog::debug("{} stays parked: {}", stream, unreadable.what());
    }
}

void SagaEngine::resume(const PendingItem& item) {
    if (item.trigger.value == 0) {
        if (!is_parked_before_trigger(item.stream)) resume_saga(item.stream);
    } else {
        const auto& manager = *manager_of(item.stream, options_.managers);
        const auto events = store_.read_log(Position{item.trigger.value - 1}, 1);
        if (skip_of(store_, events.front()))
            pass_over(item.stream, events.front());
        else if (const auto order = manager.instance(events.front()))
            offer(item.stream, events.front(), *order);
    }
    instances_.evict();
}

// Whether it was parked at an event that it should hear, and still has not heard it: the event was offered before.
bool SagaEngine::is_parked_before_trigger(const std::string& stream) {
    const auto triggers = known_.unanswered.find(stream);
    if (triggers == known_.unanswered.end()) return false;
    try {
        const auto& state = instances_.find(*manager_of(stream, options_.managers), stream).state;
        return state.parked && is_unreadable(state.parked_reason) &&
               std::ranges::any_of(triggers->second, [&](Position at) { return at > state.last_trigger; });
    } catch (const JournalUnreadable&) {
        return false;
    }
}

// A saga that was parked because of an event that could not be read writes nothing while it is so.
void SagaEngine::resume_saga(const std::string& stream) {
    const auto start = [this](Instance& instance, CommitMode mode) { return reactions_.on_start(instance, mode); };
    std::string before;
    const auto failed = executor_.run_once(stream, [&](Instance& instance, CommitMode mode) {
        if (instance.state.parked) before = instance.state.parked_reason;
        return start(instance, mode);
    });
    if (!failed) return;
    if (*failed != before) return executor_.run(stream, start);
    executor_.run(stream, [this](Instance& instance, CommitMode mode) { return steps_.advance(instance, mode); });
}

void SagaEngine::on_events(const EventBatch& batch) {
    for (const auto& recorded : batch) {
        known_.apply(recorded, options_.managers);
        if (is_skip(recorded)) go_on_after(recorded);
        for (const auto& manager : options_.managers) {
            const auto order = manager.instance(recorded);
            if (!order) continue;
            const auto stream = stream_of(*manager.definition, *order);
            if (known_.listens(*manager.definition, recorded, stream)) offer(stream, recorded, *order);
        }
    }
    instances_.evict();
}

// An operator has skipped an event: the sagas that were parked because of its stream go on, and those that it should
// have triggered pass over it. Their journals may say so only further on in the log.
void SagaEngine::go_on_after(const Recorded& decision) {
    const auto skip = skip_in(decision);
    if (!skip) return;
    Streams waiting;
    if (const std::string journal{decision.stream}; known_.parked.contains(journal)) {
        instances_.forget(journal);
        waiting.insert(journal);
        settle(journal);
    }
    for (const auto& journal : Streams{known_.parked})
        if (is_parked_at(journal, decision.stream)) waiting.insert(journal);
    for (const auto& [journal, triggers] : known_.unanswered)
        if (std::ranges::find(triggers, skip->position) != triggers.end()) waiting.insert(journal);
    if (waiting.empty()) return;
    for (const auto& item : pending_items(known_))
        if (waiting.contains(item.stream)) resume(item);
}

bool SagaEngine::is_parked_at(const std::string& journal, std::string_view stream) {
    try {
        const auto& state = instances_.find(*manager_of(journal, options_.managers), journal).state;
        return state.parked && is_unreadable(state.parked_reason) &&
               state.parked_reason.contains(", stream " + std::string{stream} + ": ");
    } catch (const JournalUnreadable&) {
        return false;
    }
}

void SagaEngine::pass_over(const std::string& stream, const Recorded& skipped) {
    executor_.run(stream, [&](Instance& instance, CommitMode) { return reactions_.on_skipped(instance, skipped); });
}

void SagaEngine::offer(const std::string& stream, const Recorded& recorded, const OrderId& order) {
    executor_.run(stream, &recorded, [&](Instance& instance, CommitMode mode) {
        return reactions_.on_event(instance, recorded, order, mode);
    });
}

void SagaEngine::on_timers_due() {
    const auto now = clock_.now();
    while (const auto timer = timers_.pop_due(now)) {
        const bool is_retry = timer->kind == Timer::Kind::retry;
        if (is_retry) waits_.released(timer->stream);
        executor_.run(timer->stream, [&](Instance& instance, CommitMode mode) {
            return is_retry ? reactions_.on_retry_due(instance, mode) : reactions_.on_expiry(instance, now, mode);
        });
    }
    gate_.release_ready([this](const std::string& stream) {
        waits_.released(stream);
        executor_.run(stream, [this](Instance& instance, CommitMode mode) { return steps_.advance(instance, mode); });
    });
}

void SagaEngine::report(const ProviderCall& call, const ProviderResponse& response, std::chrono::milliseconds took) {
    gate_.report(call.ticket, outcome_for_breaker(response), took);
}

void SagaEngine::on_provider_response(const ProviderCall& call, const ProviderResponse& response) {
    gate_.end();
    executor_.run(call.stream, [&](Instance& instance, CommitMode mode) {
        return reactions_.on_response(instance, call, response, mode);
    });
}

std::expected<SagaNoticed, NoticeError> SagaEngine::on_provider_notice(const SagaNotice& notice,
                                                                       const NoticeReceipt& receipt) {
    return notices_.process(notice, receipt);
}

std::expected<SagaIntervened, InterventionError> SagaEngine::on_operator_action(const SagaIntervention& intervention) {
    return operators_.process(intervention);
}

void SagaEngine::follow_up(const std::string& stream) {
    if (waits_.is_idle(stream)) waits_.begin(stream, wait::Until{Timestamp{}});
}

std::optional<Timestamp> SagaEngine::next_timer() const { return gate_.size() > 0 ? Timestamp{} : timers_.next(); }

}  // namespace sillok
