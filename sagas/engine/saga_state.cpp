#include "sagas/engine/saga_state.hpp"

#include "sagas/engine/saga_names.hpp"

#include <algorithm>
#include <span>
#include <utility>

namespace sillok::saga {
namespace {

std::uint32_t commands_of(const State& state, const Step& step) {
    return step.per_item ? static_cast<std::uint32_t>(state.details.items.size()) : 1;
}

// The next command of the phase; steps that the state leaves out are passed over.
StepRef after(const State& state, StepRef ref) {
    if (ref.item + 1 < commands_of(state, step_at(state, ref))) return {ref.step, ref.item + 1};
    const auto steps = is_in<phase::Closing>(state) ? closing_of(state) : state.definition->steps;
    do ++ref.step;
    while (ref.step < steps.size() && is_left_out(state, steps[ref.step]));
    return {ref.step, 0};
}

// Returns the last command before `ref` that has a compensation of the wanted kind.
template <class Wanted>
std::optional<StepRef> before(const State& state, StepRef ref, Wanted&& wanted) {
    const auto& steps = state.definition->steps;
    const auto can_be_undone = [&](const Step& step) { return step.compensation && wanted(*step.compensation); };
    if (ref.item > 0 && can_be_undone(steps[ref.step])) return StepRef{ref.step, ref.item - 1};
    while (ref.step > 0) {
        --ref.step;
        const auto& step = steps[ref.step];
        if (can_be_undone(step) && commands_of(state, step) > 0) return StepRef{ref.step, commands_of(state, step) - 1};
    }
    return std::nullopt;
}

// The outcome of this command counts as done.
void pass(State& state, StepRef ref) {
    if (auto* forward = std::get_if<phase::Forward>(&state.phase)) forward->next = after(state, ref);
    if (auto* closing = std::get_if<phase::Closing>(&state.phase)) closing->next = after(state, ref);
    if (auto* undoing = std::get_if<phase::Undoing>(&state.phase)) {
        const auto& step = state.definition->steps[ref.step];
        const bool by_provider = step.compensation && is_payment(*step.compensation);
        (undoing->payments_before && by_provider ? *undoing->payments_before : undoing->before) = ref;
        ++undoing->undone;
    }
}

// A pending command may have been carried out, so it is undone as well.
void start_compensation(State& state, UndoOrder order, std::string_view reason, std::string_view detail) {
    const auto* forward = std::get_if<phase::Forward>(&state.phase);
    if (forward == nullptr) return;
    phase::Undoing undoing{.before = state.pending() ? after(state, state.pending()->step) : forward->next};
    if (order == UndoOrder::own_then_provider) undoing.payments_before = undoing.before;
    state.phase = undoing;
    state.progress = Ready{};
    state.parked = false;
    state.reason = reason;
    state.detail = detail;
}

void receive(State& state, Position trigger, std::string_view type) {
    state.last_trigger = std::max(state.last_trigger, trigger);
    const auto event = role_of(*state.definition, type);
    state.received_for_step |= event.steps;
    state.barred |= event.bars;
    state.stop_received |= event.stops;
    state.turn_received |= event.turns;
}

void evolve(State& state, const event::Started& started) {
    if (!is_in<phase::NotStarted>(state)) return;
    const auto* definition = find_version(*state.definition, started.definition, started.definition_version);
    if (definition == nullptr) return;
    state.definition = definition;
    state.order = started.order;
    state.details = {started.customer, started.address, started.amount, started.items};
    state.instance = instance_of(*definition, state.order);
    state.last_trigger = started.trigger;
    state.parked = false;  // the event that starts it could not be read before
    state.phase =
        phase::Forward{.next = {}, .expires_at = definition->expires ? time_if_any(started.pivot_by) : std::nullopt};
}

void evolve(State& state, const event::TriggerReceived& received) { receive(state, received.trigger, received.type); }

void evolve(State& state, const event::Reopened& reopened) {
    const auto* ended = std::get_if<phase::Ended>(&state.phase);
    if (ended == nullptr) return;
    receive(state, reopened.trigger, reopened.type);
    state.stop_received = false;  // the order stands although it was to be cancelled
    state.phase = phase::Forward{.next = ended->next, .expires_at = {}};
}

void evolve(State& state, const event::Ignored& ignored) {
    state.last_trigger = std::max(state.last_trigger, ignored.trigger);
}

// The step that is scheduled now. The first forward step after compensation is a closing step.
std::optional<StepRef> step_scheduled(State& state, Direction direction) {
    if (const auto* undoing = std::get_if<phase::Undoing>(&state.phase)) {
        if (direction == Direction::compensate) return next_to_undo(state, *undoing);
        state.phase = phase::Closing{.next = {}, .undone = undoing->undone};
    }
    if (direction == Direction::compensate) return std::nullopt;
    if (const auto* forward = std::get_if<phase::Forward>(&state.phase)) return forward->next;
    if (const auto* closing = std::get_if<phase::Closing>(&state.phase)) return closing->next;
    return std::nullopt;
}

void evolve(State& state, const event::CommandScheduled& scheduled) {
    const auto step =
        state.pending() ? std::optional{state.pending()->step} : step_scheduled(state, scheduled.direction);
    if (!step) return;
    state.parked = false;
    const auto before = state.pending() ? std::optional{*state.pending()} : std::nullopt;
    state.progress = PendingIntent{.step = *step,
                                   .direction = scheduled.direction,
                                   .command_id = scheduled.command_id,
                                   .attempt = scheduled.attempt,
                                   .query = scheduled.query,
                                   .deadline = scheduled.deadline,
                                   .wait = AwaitingResponse{},
                                   .trouble = before ? before->trouble : Trouble::no_answer,
                                   .answer = before ? before->answer : std::string{}};
}

// The provider's last words stay until it says others. A provider that asks for patience gets it.
void note_trouble(const State& state, PendingIntent& pending, const event::CommandCompleted& completed) {
    pending.trouble = trouble(completed.code);
    if (pending.trouble == Trouble::no_answer) return;
    pending.answer = completed.detail;
    if (pending.trouble == Trouble::provider_busy && completed.retry_at > pending.deadline)
        pending.deadline = Timestamp{completed.retry_at.value + step_at(state, pending.step).deadline.count()};
}

void evolve(State& state, const event::CommandCompleted& completed) {
    auto* pending = std::get_if<PendingIntent>(&state.progress);
    if (pending == nullptr || pending->command_id != completed.command_id) return;
    if (completed.outcome == Outcome::unknown) {
        pending->wait = AwaitingResponse{};
        if (const auto time = time_if_any(completed.retry_at)) pending->wait = RetryAt{*time};
        note_trouble(state, *pending, completed);
        return;
    }
    if (completed.outcome == Outcome::done) {
        const bool pays_back_early = completed.code == recalled_and_paid_back_code;
        state.pays_back_early |= pays_back_early;
        state.returned |= completed.code == returned_code;
        state.recalled |= pays_back_early || completed.code == recalled_code;
        pass(state, pending->step);
        state.progress = Ready{};
        return;
    }
    state.progress = Refused{refusal_reason(completed.code), completed.code};
    if (!is_in<phase::Forward>(state)) return;  // the reason for the compensation stays
    state.reason = completed.code;
    state.detail = completed.detail;
}

void evolve(State& state, const event::CommandExecuted& executed) {
    evolve(state, event::scheduled(executed));
    evolve(state, event::completed(executed));
}

UndoOrder undo_order(const Definition& definition, CompensationReason reason) {
    if (definition.expires && reason == definition.expires->reason) return definition.expires->undo;
    return reason == CompensationReason::delivery_returned ? definition.turn_undo : definition.undo;
}

void evolve(State& state, const event::CompensationStarted& started) {
    const auto* rules = find_version(*state.newest, state.definition->name, started.definition_version);
    if (rules != nullptr) state.definition = rules;
    start_compensation(state, undo_order(*state.definition, compensation_reason(started.reason)), started.reason,
                       started.detail);
}

void evolve(State& state, const event::Parked& parked) {
    state.parked = true;
    state.parked_reason = parked.reason;
}

void evolve(State& state, const event::Ended& ended) {
    if (is_in<phase::NotStarted>(state) || is_in<phase::Ended>(state)) return;
    StepRef next;
    if (const auto* forward = std::get_if<phase::Forward>(&state.phase)) next = forward->next;
    state.phase = phase::Ended{.ending = ended.ending, .next = next};
    state.progress = Ready{};
    state.parked = false;
    state.reason = ended.reason;
}

// A command without a response is repeated under its own id, and a query stays a query. A refused one gets a new id.
void retry(State& state, Timestamp deadline) {
    if (auto* pending = std::get_if<PendingIntent>(&state.progress)) {
        if (pending->awaits_response()) pending->trouble = Trouble::no_answer;  // that was the attempt before
        pending->attempt = 0;
        pending->deadline = deadline;
        pending->wait = RetryNow{};
        return;
    }
    ++state.generation;
    state.progress = Ready{};
}

void resume(State& state) {
    if (auto* pending = std::get_if<PendingIntent>(&state.progress); pending != nullptr && pending->awaits_response()) {
        pending->trouble = Trouble::no_answer;  // that was the attempt before
        pending->wait = RetryNow{};
    }
}

void evolve(State& state, const event::Intervened& intervened) {
    if (intervened.verb == OperatorAction::annotate || is_in<phase::NotStarted>(state) || is_in<phase::Ended>(state))
        return;
    switch (intervened.verb) {
        case OperatorAction::retry: retry(state, intervened.deadline); break;
        case OperatorAction::skip:
            if (const auto current = current_step(state)) pass(state, current->step);
            state.progress = Ready{};
            break;
        case OperatorAction::compensate:
            if (!can_compensate(state)) return;  // it waits for the event that stops it
            start_compensation(state, state.definition->undo, text(CompensationReason::operator_decided),
                               intervened.reason);
            break;
        case OperatorAction::resume: resume(state); break;
        case OperatorAction::annotate: break;
    }
    state.parked = false;
}

}  // namespace

std::string_view text(Trouble trouble) {
    switch (trouble) {
        case Trouble::no_answer: return {};
        case Trouble::provider_refused: return "provider-refused";
        case Trouble::provider_busy: return "provider-busy";
        case Trouble::answer_differs: return "answer-differs";
        case Trouble::capture_refused: return "provider-declined";
    }
    std::unreachable();
}

Trouble trouble(std::string_view stored) {
    using enum Trouble;
    for (const auto one : {provider_refused, provider_busy, answer_differs, capture_refused})
        if (text(one) == stored) return one;
    return no_answer;
}

State evolve(State state, const Event& event) {
    std::visit([&state](const auto& one) { evolve(state, one); }, event);
    return state;
}

std::optional<CurrentStep> current_step(const State& state) {
    if (const auto* pending = state.pending()) return CurrentStep{pending->step, pending->direction};
    if (!state.refused()) return std::nullopt;
    if (const auto* forward = std::get_if<phase::Forward>(&state.phase))
        return CurrentStep{forward->next, Direction::forward};
    if (const auto* closing = std::get_if<phase::Closing>(&state.phase))
        return CurrentStep{closing->next, Direction::forward};
    if (const auto* undoing = std::get_if<phase::Undoing>(&state.phase))
        if (const auto step = next_to_undo(state, *undoing)) return CurrentStep{*step, Direction::compensate};
    return std::nullopt;
}

bool can_compensate(const State& state) {
    const auto* forward = std::get_if<phase::Forward>(&state.phase);
    return forward != nullptr && has_compensations(*state.definition) &&
           forward->next.step <= pivot_of(*state.definition);
}

EventRole role_of(const Definition& definition, std::string_view type) {
    EventRole found;
    found.resumes = type == definition.resumes;
    for (std::size_t i = 0; i < definition.steps.size(); ++i) {
        const auto& step = definition.steps[i];
        if (type == step.after || type == step.after_recall || found.resumes) found.steps.set(i);
        if (type == step.unless) found.bars.set(i);
    }
    found.stops = type == definition.stops;
    found.turns = type == definition.turns;
    return found;
}

std::span<const Step> closing_of(const State& state) {
    return state.turn_received ? state.definition->turn_closing : state.definition->closing;
}

bool is_left_out(const State& state, const Step& step) {
    switch (step.only_if) {
        case OnlyIf::always: return false;
        case OnlyIf::recalled: return !state.recalled;
        case OnlyIf::paid_back_early: return !state.pays_back_early;
        case OnlyIf::returned: return !state.returned;
    }
    std::unreachable();
}

const Step& step_at(const State& state, StepRef ref) {
    return (is_in<phase::Closing>(state) ? closing_of(state) : state.definition->steps)[ref.step];
}

Act act_at(const State& state, StepRef ref, Direction direction) {
    const auto& step = step_at(state, ref);
    return direction == Direction::forward ? step.forward : step.compensation.value_or(step.forward);
}

std::optional<StepRef> next_to_undo(const State& state, const phase::Undoing& undoing) {
    if (!undoing.payments_before) return before(state, undoing.before, [](Act) { return true; });
    if (const auto ref = before(state, undoing.before, [](Act act) { return !is_payment(act); })) return ref;
    return before(state, *undoing.payments_before, is_payment);
}

}  // namespace sillok::saga
