#include "sagas/engine/reactions.hpp"

#include "aggregates/delivery.hpp"
#include "aggregates/unreadable_event.hpp"
#include "eventstore/stream_name.hpp"
#include "sagas/engine/interventions.hpp"

#include <utility>
#include <variant>

namespace sillok::saga {

Written Reactions::on_event(Instance& instance, const Recorded& recorded, const OrderId& order, CommitMode mode) {
    const auto& manager = *instance.manager;
    Trigger trigger{.position = recorded.position, .type = recorded.type, .order = order};
    if (recorded.type == manager.definition->starts && is_in<phase::NotStarted>(instance.state)) {
        trigger.details = own_.order_details(recorded, order);
        trigger.expires_at = expiry_of(*manager.definition, recorded.time, reserve_for_);
    }
    if (recorded.type == manager.definition->turns && is_in<phase::Ended>(instance.state))
        trigger.order_stands = own_.phase_of(order) == order::Order::Phase::completed;
    if (recorded.type == manager.definition->resumes && is_in<phase::Ended>(instance.state)) {
        trigger.order_stands = own_.phase_of(order) == order::Order::Phase::confirmed;
        // Goods that are back already came while the saga did not listen.
        if (own_.are_goods_back(order)) trigger.type = manager.definition->turns;
    }
    auto event = manager.react(instance.state, trigger);
    if (!event) return {};
    if (!std::holds_alternative<event::Ignored>(*event) && category_of(recorded.stream) == delivery::Delivery::category)
        own_.follow_delivery(order);
    instance.correlation = recorded.correlation_id;
    instance.causation = recorded.event_id;
    instance.record(*std::move(event));
    // A saga that shall stop or turn does not wait for its turn to call the provider.
    if (waits_.is_queued(instance.stream) && (instance.state.stop_received || instance.state.turn_received))
        waits_.stop(instance.stream);
    return steps_.advance(instance, mode);
}

Written Reactions::on_skipped(Instance& instance, const Recorded& skipped) {
    instance.correlation = skipped.correlation_id;
    instance.causation = skipped.event_id;
    instance.record(event::Ignored{skipped.position, std::string{skipped.type}, "an operator has skipped the event"});
    if (instance.state.parked && is_in<phase::NotStarted>(instance.state))
        instance.record(event::Intervened{.verb = OperatorAction::resume,
                                          .step = {},
                                          .reason = "the event that would have started it was skipped",
                                          .result = {},
                                          .deadline = {}});
    return writer_.write(instance);
}

Written Reactions::on_expiry(Instance& instance, Timestamp now, CommitMode mode) {
    instance.expiry_timer.reset();
    instance.is_expiry_timer_certain = true;
    return is_expired(instance.state, now) ? steps_.advance(instance, mode) : Written{};
}

Written Reactions::on_retry_due(Instance& instance, CommitMode mode) {
    // Only calls to the provider are retried: our own aggregates always answer.
    const auto intent = resume(instance.state);
    if (!intent || instance.state.pending()->awaits_response()) return steps_.advance(instance, mode);
    const auto traits = traits_of(instance.state, *intent);
    if (gate_.may_call(traits)) return steps_.advance(instance, mode);
    waits_.begin(instance.stream, wait::Queued{traits});
    return {};
}

Written Reactions::on_start(Instance& instance, CommitMode mode) {
    const auto& state = instance.state;
    if (state.parked && is_unreadable(state.parked_reason)) {
        const auto verb = state.pending() != nullptr ? OperatorAction::retry : OperatorAction::resume;
        if (auto event = intervene(state, {verb, {}, "the program was started again", {}}, steps_.context()))
            instance.record(*std::move(event));
    }
    return steps_.advance(instance, mode);
}

Written Reactions::on_response(Instance& instance, const ProviderCall& call, const ProviderResponse& response,
                               CommitMode mode) {
    // A notice or an operator may have settled the command before.
    if (!awaits(instance.state, call.command_id, call.attempt)) {
        if (std::holds_alternative<provider::Unknown>(response)) return {};
        instance.record(event::Ignored{{}, "payment.answer", "nobody waits for it any more"});
        return writer_.write(instance);
    }
    waits_.stop(instance.stream);
    steps_.settle(instance, provider_.record(call.request, response));
    return steps_.advance(instance, mode);
}

}  // namespace sillok::saga
