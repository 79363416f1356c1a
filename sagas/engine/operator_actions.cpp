#include "sagas/engine/operator_actions.hpp"

#include <algorithm>
#include <utility>

namespace sillok::saga {

std::expected<SagaIntervened, InterventionError> OperatorActions::process(const SagaIntervention& intervention) {
    if (manager_of(intervention.stream, managers_) == nullptr) return std::unexpected(InterventionRefused::unknown);
    std::expected<SagaIntervened, InterventionError> result = std::unexpected(InterventionRefused::unreadable);
    bool is_started = true;
    executor_.run(intervention.stream, [&](Instance& instance, CommitMode) {
        Written written;
        result = apply(instance, intervention, written);
        is_started = instance.version.value > 0;
        return written;
    });
    if (!is_started) instances_.forget(intervention.stream);
    return result;
}

std::expected<SagaIntervened, InterventionError> OperatorActions::apply(Instance& instance,
                                                                        const SagaIntervention& intervention,
                                                                        Written& written) {
    const auto event = intervene(instance.state, intervention.what, steps_.context());
    if (!event) return std::unexpected(event.error());
    if (!intervention.if_match.empty() &&
        std::ranges::find(intervention.if_match, instance.version) == intervention.if_match.end())
        return std::unexpected(PreconditionFailed{instance.version});
    if (event->verb == OperatorAction::compensate && !can_compensate(instance.state) &&
        !own_.request_cancellation(instance.state.order, intervention.what.reason, intervention.metadata.command_id))
        return std::unexpected(InterventionRefused::past_the_pivot);
    if (is_write_off(instance.state, intervention.what) &&
        !provider_.write_off(instance.state.order, intervention.what.reason, intervention.metadata.command_id)) {
        writer_.discard();
        return std::unexpected(InterventionRefused::not_refused);
    }
    instance.record(*event);
    if (event->verb != OperatorAction::annotate) {
        // The saga does not await a response, so it waits for a time or in the queue, if at all.
        waits_.stop(instance.stream);
        steps_.record_decisions(instance);
    }
    Commit commit{.metadata = intervention.metadata};
    if (intervention.receipt)
        commit.receipt = intervention.receipt(*event, Version{instance.version.value + instance.unwritten.size()});
    written = writer_.write(instance, std::move(commit));
    return SagaIntervened{*event, instance.version, instance.written};
}

}  // namespace sillok::saga
