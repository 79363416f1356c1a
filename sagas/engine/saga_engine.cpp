#include "sagas/engine/saga_engine.hpp"

#include "sagas/engine/saga_names.hpp"

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
      own_(store, targets, writer_.unit(), options_.refund_in_transit),
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
    return pending_items(known_);
}

void SagaEngine::resume(const PendingItem& item) {
    if (item.trigger.value == 0) {
        executor_.run(item.stream,
                      [this](Instance& instance, CommitMode mode) { return steps_.advance(instance, mode); });
    } else {
        const auto& manager = *manager_of(item.stream, options_.managers);
        const auto events = store_.read_log(Position{item.trigger.value - 1}, 1);
        if (const auto order = manager.instance(events.front())) offer(item.stream, events.front(), *order);
    }
    instances_.evict();
}

void SagaEngine::on_events(const EventBatch& batch) {
    for (const auto& recorded : batch) {
        known_.apply(recorded, options_.managers);
        for (const auto& manager : options_.managers) {
            const auto order = manager.instance(recorded);
            if (!order) continue;
            const auto stream = stream_of(*manager.definition, *order);
            if (known_.listens(*manager.definition, recorded, stream)) offer(stream, recorded, *order);
        }
    }
    instances_.evict();
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
