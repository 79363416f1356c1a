#include "sagas/engine/saga_decisions.hpp"

#include "sagas/engine/retry_rules.hpp"
#include "sagas/engine/saga_names.hpp"
#include "sagas/payments/provider_reason.hpp"

#include <algorithm>
#include <utility>

namespace sillok::saga {
namespace {

// Whether an event of the definition changes nothing any more.
bool is_received(const State& state, const EventRole& event) {
    return (event.steps & ~state.received_for_step).none() && (event.bars & ~state.barred).none() &&
           (!event.stops || state.stop_received) && (!event.turns || state.turn_received) && !event.resumes;
}

std::optional<std::string_view> why_ignored(const Definition& definition, const State& state, const Trigger& trigger) {
    const bool has_started = !is_in<phase::NotStarted>(state);
    if (trigger.type == definition.starts && trigger.details) {
        if (!has_started) return std::nullopt;
        return "started already";
    }
    if (!has_started) return "nothing has started this saga";
    const auto event = role_of(definition, trigger.type);
    if (!event.any()) return "not an event of this saga";
    if (is_received(state, event)) return "heard already";
    if (const auto* ended = std::get_if<phase::Ended>(&state.phase)) {
        // A saga that was stopped turns or goes on if the cancellation was refused; otherwise the cancellation sees to
        // the goods.
        const bool is_stopped = ended->ending == Ending::stopped && trigger.order_stands;
        const bool turns = event.turns && (is_stopped || ended->ending == Ending::completed);
        if (!turns && !(event.resumes && is_stopped)) return "ended already";
        return std::nullopt;
    }
    if (event.resumes) return "not stopped";
    return std::nullopt;
}

// Its key toward the provider, if it is a call, is made when it is scheduled first. From then on the journal has it.
Uuid new_command_id(const State& state, const Step& step, std::uint32_t item, Direction direction,
                    const DecisionContext& context) {
    const auto act = direction == Direction::forward ? step.forward : step.compensation.value_or(step.forward);
    return command_id_of(state, step, item, direction, is_payment(act) ? context.key_space : Uuid{});
}

Event schedule(const State& state, const Step& step, std::uint32_t item, Direction direction,
               const DecisionContext& context) {
    const auto act = direction == Direction::forward ? step.forward : step.compensation.value_or(step.forward);
    return event::CommandScheduled{.step = std::string{step.name},
                                   .direction = direction,
                                   .command_id = new_command_id(state, step, item, direction, context),
                                   .target = target_of(state, act, item),
                                   .attempt = 1,
                                   .generation = state.generation,
                                   .query = false,
                                   .deadline = Timestamp{context.now.value + step.deadline.count()}};
}

bool is_due(const PendingIntent& pending, Timestamp now) {
    const auto* retry = std::get_if<RetryAt>(&pending.wait);
    return retry == nullptr || now >= retry->time;
}

std::string why_parked(const PendingIntent& pending) {
    const bool is_named = pending.trouble == Trouble::answer_differs || pending.trouble == Trouble::capture_refused;
    return is_named ? std::string{text(pending.trouble)} : "outcome-unknown";
}

// An attempt has its command's id. What follows a refused capture is a call of its own, made now.
Uuid id_of_retry(const State& state, const PendingIntent& pending, const DecisionContext& context) {
    if (pending.trouble != Trouble::capture_refused) return pending.command_id;
    return new_command_id(state, step_at(state, pending.step), pending.step.item, pending.direction, context);
}

// The next attempt at a command without a response.
std::optional<Event> retry(const State& state, const PendingIntent& pending, const DecisionContext& context) {
    if (pending.awaits_response()) return std::nullopt;
    const auto& step = step_at(state, pending.step);
    if (is_exhausted(step, pending, context)) return event::Parked{std::string{step.name}, why_parked(pending)};
    if (!is_due(pending, context.now)) return std::nullopt;
    return event::CommandScheduled{
        .step = std::string{step.name},
        .direction = pending.direction,
        .command_id = id_of_retry(state, pending, context),
        .target = target_of(state, act_at(state, pending.step, pending.direction), pending.step.item),
        .attempt = pending.attempt + 1,
        .generation = state.generation,
        .query = must_query(step, pending, context),
        .deadline = effective_deadline(step, pending, context)};
}

Event compensation(const State& state, std::string reason, std::string detail) {
    return event::CompensationStarted{std::move(reason), std::move(detail), state.newest->version};
}

Event stopped() { return event::Ended{Ending::stopped, std::string{text(RefusalReason::cancellation_requested)}}; }

Event turned(const State& state) {
    return compensation(state, std::string{text(CompensationReason::delivery_returned)}, {});
}

// A saga that shall stop or turn does so at once if it only waits: for the time of its next attempt, or for an
// operator. Those who undo its steps find out what became of a call without a response.
std::optional<Event> overtaken(const State& state) {
    const auto* pending = state.pending();
    const bool only_waits = state.parked || (pending != nullptr && !pending->awaits_response());
    if (!only_waits) return std::nullopt;
    const bool goes_forward = is_in<phase::Forward>(state);
    if (state.stop_received && (goes_forward || state.parked)) return stopped();
    if (state.turn_received && goes_forward) return turned(state);
    return std::nullopt;
}

// What follows in each phase: after a refusal, and if the next step is ready.

Event after_refusal(const State& state, const phase::Forward& forward, const Refused& refused) {
    const auto& step = step_at(state, forward.next);
    const bool can_compensate = step.kind != StepKind::retriable;
    const bool is_taken_over = refused.reason == RefusalReason::cancellation_requested;
    if (is_taken_over || (can_compensate && state.stop_received)) return event::Ended{Ending::stopped, state.reason};
    if (can_compensate) return compensation(state, state.reason, state.detail);
    return event::Parked{std::string{step.name}, state.reason};
}

Event after_refusal(const State& state, const phase::Undoing& undoing, const Refused& refused) {
    const auto step = next_to_undo(state, undoing).value_or(StepRef{});
    return event::Parked{std::string{step_at(state, step).name}, refused.code};
}

Event after_refusal(const State& state, const phase::Closing& closing, const Refused& refused) {
    if (refused.reason == RefusalReason::cancellation_requested)
        return event::Ended{closing.undone > 0 ? Ending::compensated : Ending::stopped, refused.code};
    return event::Parked{std::string{step_at(state, closing.next).name}, refused.code};
}

Ending ending_of(std::uint32_t undone) { return undone > 0 ? Ending::compensated : Ending::refused; }

// Whether the events that the step waits for have been received.
bool is_ready(const State& state, std::uint32_t index) {
    const auto& step = state.definition->steps[index];
    const bool waits = !step.after.empty() || (state.recalled && !step.after_recall.empty());
    return !waits || state.received_for_step.test(index);
}

std::optional<Event> next_step(const State& state, const phase::Forward& forward, const DecisionContext& context) {
    if (state.stop_received) return stopped();
    const bool is_finished = forward.next.step >= state.definition->steps.size();
    if (!is_finished) {
        const auto& step = step_at(state, forward.next);
        if (is_ready(state, forward.next.step))
            return schedule(state, step, forward.next.item, Direction::forward, context);
        if (state.recalled && state.barred.test(forward.next.step))
            return compensation(state, std::string{text(CompensationReason::delivery_arrived)},
                                "the goods have arrived after all");
    }
    if (state.turn_received) return turned(state);
    if (is_finished) return event::Ended{Ending::completed, {}};
    return std::nullopt;
}

std::optional<Event> next_step(const State& state, const phase::Undoing& undoing, const DecisionContext& context) {
    if (const auto ref = next_to_undo(state, undoing))
        return schedule(state, step_at(state, *ref), ref->item, Direction::compensate, context);
    const auto closing = closing_of(state);
    // A saga that was stopped leaves the closing to the other saga.
    if (closing.empty() || state.stop_received) return event::Ended{ending_of(undoing.undone), state.reason};
    return schedule(state, closing.front(), 0, Direction::forward, context);
}

std::optional<Event> next_step(const State& state, const phase::Closing& closing, const DecisionContext& context) {
    if (closing.next.step >= closing_of(state).size()) return event::Ended{ending_of(closing.undone), state.reason};
    return schedule(state, step_at(state, closing.next), closing.next.item, Direction::forward, context);
}

template <class LivePhase>
std::optional<Event> next_event(const State& state, const LivePhase& phase, const DecisionContext& context) {
    if (const auto* pending = state.pending()) return retry(state, *pending, context);
    if (const auto* refused = state.refused()) return after_refusal(state, phase, *refused);
    return next_step(state, phase, context);
}

std::optional<Event> next_event(const State&, const phase::NotStarted&, const DecisionContext&) { return {}; }
std::optional<Event> next_event(const State&, const phase::Ended&, const DecisionContext&) { return {}; }

std::optional<Event> next_event(const State& state, const DecisionContext& context) {
    if (is_expired(state, context.now) && !state.refused())
        return compensation(state, std::string{text(state.definition->expires->reason)},
                            "it was not confirmed in time");
    if (auto event = overtaken(state)) return event;
    if (state.parked) return std::nullopt;
    return std::visit([&](const auto& phase) { return next_event(state, phase, context); }, state.phase);
}

// A call that was never carried out says why the provider did not want to.
std::string detail_of(const StepResult& result, const PendingIntent& pending) {
    if (result.outcome != Outcome::refused || result.code != payment_unavailable || pending.answer.empty())
        return result.detail;
    return provider_reason("never carried out: " + pending.answer);
}

Intent intent_of(const State& state, const PendingIntent& pending) {
    return {.act = act_at(state, pending.step, pending.direction),
            .item = pending.step.item,
            .command_id = pending.command_id,
            .attempt = pending.attempt,
            .query = pending.query};
}

}  // namespace

std::optional<Timestamp> expiry_of(const Definition& definition, Timestamp started,
                                   std::optional<std::chrono::milliseconds> within) {
    if (!definition.expires) return std::nullopt;
    return Timestamp{started.value + within.value_or(definition.expires->within).count()};
}

std::optional<Event> react(const Definition& definition, const State& state, const Trigger& trigger) {
    if (trigger.position <= state.last_trigger) return std::nullopt;
    if (const auto why = why_ignored(definition, state, trigger)) {
        if (is_in<phase::NotStarted>(state) && is_journal_event(trigger.type)) return std::nullopt;
        return event::Ignored{trigger.position, std::string{trigger.type}, std::string{*why}};
    }
    if (is_in<phase::NotStarted>(state))
        return event::Started{.definition = std::string{definition.name},
                              .definition_version = definition.version,
                              .order = trigger.order,
                              .customer = trigger.details->customer,
                              .address = trigger.details->address,
                              .amount = trigger.details->amount,
                              .items = trigger.details->items,
                              .trigger = trigger.position,
                              .pivot_by = trigger.expires_at.value_or(Timestamp{})};
    if (is_in<phase::Ended>(state)) return event::Reopened{trigger.position, std::string{trigger.type}};
    return event::TriggerReceived{trigger.position, std::string{trigger.type}};
}

Action advance(const State& state, const DecisionContext& context) {
    if (auto event = next_event(state, context)) return action::Record{*std::move(event)};
    const auto* pending = state.pending();
    if (pending == nullptr || state.parked) return action::Wait{};
    if (const auto* retry = std::get_if<RetryAt>(&pending->wait)) return action::WaitUntil{retry->time};
    auto intent = intent_of(state, *pending);
    if (is_payment(intent.act)) return action::Call{intent};
    return action::Execute{intent};
}

event::CommandCompleted settle(const State& state, const StepResult& result, const DecisionContext& context) {
    const auto& pending = *state.pending();
    const auto& step = step_at(state, pending.step);
    Timestamp retry_at;
    if (result.outcome == Outcome::unknown)
        retry_at = std::max(next_attempt_at(step.retry, pending.attempt, context),
                            Timestamp{context.now.value + result.retry_after.count()});
    return {.command_id = pending.command_id,
            .step = std::string{step.name},
            .direction = pending.direction,
            .outcome = result.outcome,
            .code = result.code,
            .detail = detail_of(result, pending),
            .retry_at = retry_at};
}

std::optional<Intent> resume(const State& state) {
    if (!state.pending() || state.parked) return std::nullopt;
    return intent_of(state, *state.pending());
}

bool awaits(const State& state, const Uuid& command_id, std::uint32_t attempt) {
    const auto* pending = state.pending();
    return pending != nullptr && pending->command_id == command_id && pending->attempt == attempt &&
           pending->awaits_response();
}

bool is_parked_without_response(const State& state) {
    return state.parked && state.pending() && state.pending()->query && !state.pending()->awaits_response();
}

std::optional<Intent> answerable_intent(const State& state) {
    if (is_parked_without_response(state)) return intent_of(state, *state.pending());
    return resume(state);
}

std::optional<Timestamp> expires_at(const State& state) {
    const auto* forward = std::get_if<phase::Forward>(&state.phase);
    if (forward == nullptr) return std::nullopt;
    const auto pivot = pivot_of(*state.definition);
    const bool is_before_pivot = forward->next.step < pivot || (forward->next.step == pivot && !state.pending());
    return is_before_pivot ? forward->expires_at : std::nullopt;
}

bool is_expired(const State& state, Timestamp now) {
    const auto time = expires_at(state);
    return time && now >= *time;
}

}  // namespace sillok::saga
