#include "sagas/engine/interventions.hpp"

namespace sillok::saga {
namespace {

// It waits for an operator or for the time of its next attempt.
bool is_at_rest(const State& state) { return state.parked || (state.pending() && !state.pending()->awaits_response()); }

// Past its pivot a saga is compensated by the one that stops it, if there is one.
bool can_be_stopped(const State& state) {
    return is_in<phase::Forward>(state) && !state.definition->stops.empty() && !state.stop_received;
}

}  // namespace

bool is_write_off(const State& state, const Intervention& intervention) {
    if (intervention.verb != OperatorAction::skip || intervention.result != written_off) return false;
    const auto* pending = state.pending();
    return pending != nullptr && pending->trouble == Trouble::capture_refused;
}

std::expected<event::Intervened, InterventionRefused> intervene(const State& state, const Intervention& intervention,
                                                                const DecisionContext& context) {
    using enum OperatorAction;
    const auto verb = intervention.verb;
    const auto refuse = [](InterventionRefused why) { return std::unexpected(why); };
    if (is_in<phase::NotStarted>(state)) return refuse(InterventionRefused::unknown);
    if (!intervention.step.empty() && !has_step(*state.definition, intervention.step))
        return refuse(InterventionRefused::no_such_step);
    const auto current = current_step(state);
    event::Intervened intervened{.verb = verb,
                                 .step = current ? std::string{step_at(state, current->step).name} : std::string{},
                                 .reason = intervention.reason,
                                 .result = intervention.result,
                                 .deadline = {}};
    if (verb == annotate) return intervened;
    if (is_in<phase::Ended>(state)) return refuse(InterventionRefused::ended);
    if (!is_at_rest(state)) return refuse(InterventionRefused::under_way);
    if (!intervention.step.empty() && intervention.step != intervened.step)
        return refuse(InterventionRefused::another_step);
    if ((verb == retry || verb == skip) && !current) return refuse(InterventionRefused::at_no_step);
    if (verb == skip && intervention.result.empty()) return refuse(InterventionRefused::no_result);
    if (verb == skip && intervention.result == written_off && !is_write_off(state, intervention))
        return refuse(InterventionRefused::not_refused);
    if (verb == compensate && !can_compensate(state) && !can_be_stopped(state))
        return refuse(InterventionRefused::past_the_pivot);
    if (verb == retry)
        intervened.deadline = Timestamp{context.now.value + step_at(state, current->step).deadline.count()};
    return intervened;
}

}  // namespace sillok::saga
