#include "tools/simulation/injected_bugs.hpp"

#include "aggregates/rejection.hpp"
#include "sagas/all_sagas.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sillok::simulation {
namespace {

using namespace saga;

template <class E>
E* recorded(Action& action) {
    auto* record = std::get_if<action::Record>(&action);
    return record == nullptr ? nullptr : std::get_if<E>(&record->event);
}

Action drop_compensation(const State& state, const DecisionContext& context) {
    auto action = advance(state, context);
    const auto* command = recorded<event::CommandScheduled>(action);
    if (command == nullptr || command->direction != Direction::compensate || command->step != "reserve") return action;
    return action::Record{event::Ended{Ending::compensated, state.reason}};
}

Action end_instead_of_turning(const State& state, const DecisionContext& context) {
    auto action = advance(state, context);
    if (recorded<event::CompensationStarted>(action) == nullptr) return action;
    return action::Record{event::Ended{Ending::refused, state.reason}};
}

Action retry_with_fresh_id(const State& state, const DecisionContext& context) {
    auto action = advance(state, context);
    if (auto* command = recorded<event::CommandScheduled>(action); command != nullptr && command->attempt > 1)
        command->command_id = uuid_v5(command->command_id, std::to_string(command->attempt));
    return action;
}

Action forget_capture(const State& state, const DecisionContext& context) {
    auto action = advance(state, context);
    const auto* command = recorded<event::CommandScheduled>(action);
    if (command == nullptr || command->step != "capture") return action;
    return action::Record{event::Ended{Ending::completed, {}}};
}

Action do_not_await_recall(const State& state, const DecisionContext& context) {
    if (!state.recalled) return advance(state, context);
    auto hurried = state;
    hurried.received_for_step.set();
    return advance(hurried, context);
}

Action take_arrival_for_return(const State& state, const DecisionContext& context) {
    auto other = state;
    other.received_for_step |= state.barred;
    return advance(other, context);
}

Action forget_return(const State& state, const DecisionContext& context) {
    auto action = advance(state, context);
    const auto* command = recorded<event::CommandScheduled>(action);
    if (command == nullptr || command->step != "return") return action;
    return action::Record{event::Ended{Ending::compensated, state.reason}};
}

event::CommandCompleted settle_unknown_as(Outcome outcome, const State& state, const StepResult& result,
                                          const DecisionContext& context) {
    auto other = result;
    if (other.outcome == Outcome::unknown) {
        other.outcome = outcome;
        if (outcome == Outcome::refused) other.code = "payment-unavailable";
    }
    return settle(state, other, context);
}

event::CommandCompleted unknown_is_refused(const State& state, const StepResult& result,
                                           const DecisionContext& context) {
    return settle_unknown_as(Outcome::refused, state, result, context);
}
event::CommandCompleted unknown_is_done(const State& state, const StepResult& result, const DecisionContext& context) {
    return settle_unknown_as(Outcome::done, state, result, context);
}
event::CommandCompleted refusal_is_done(const State& state, const StepResult& result, const DecisionContext& context) {
    auto other = result;
    if (other.code == "payment-declined") other = {};
    return settle(state, other, context);
}

event::CommandCompleted capture_refusal_is_done(const State& state, const StepResult& result,
                                                const DecisionContext& context) {
    return settle(state, trouble(result.code) == Trouble::capture_refused ? StepResult{} : result, context);
}

std::optional<Event> charge_free_order(const State& state, const Trigger& trigger) {
    auto event = all_sagas().front().react(state, trigger);
    if (!event) return event;
    if (auto* started = std::get_if<event::Started>(&*event); started != nullptr && started->amount.amount == 0)
        started->amount.amount = 1;
    return event;
}

event::CommandCompleted forget_goods_back(const State& state, const StepResult& result,
                                          const DecisionContext& context) {
    auto other = result;
    const auto* pending = state.pending();
    if (result.outcome == Outcome::done && act_at(state, pending->step, pending->direction) == Act::give_back_stock)
        other.detail = code(Rejection::reservation_unknown);
    return settle(state, other, context);
}

}  // namespace

std::vector<Manager> sagas_with_bug(InjectedBug injected_bug) {
    std::vector<Manager> all{all_sagas().begin(), all_sagas().end()};
    auto& fulfilment = all.front();
    auto& cancellation = all.back();
    switch (injected_bug) {
        case InjectedBug::compensation_dropped: fulfilment.advance = drop_compensation; break;
        case InjectedBug::turning_forgotten: fulfilment.advance = end_instead_of_turning; break;
        case InjectedBug::retry_with_fresh_id: fulfilment.advance = retry_with_fresh_id; break;
        case InjectedBug::capture_forgotten: fulfilment.advance = forget_capture; break;
        case InjectedBug::unknown_is_refused: fulfilment.settle = unknown_is_refused; break;
        case InjectedBug::unknown_is_done: fulfilment.settle = unknown_is_done; break;
        case InjectedBug::refusal_is_done: fulfilment.settle = refusal_is_done; break;
        case InjectedBug::recall_not_awaited: cancellation.advance = do_not_await_recall; break;
        case InjectedBug::arrival_unseen: cancellation.advance = take_arrival_for_return; break;
        case InjectedBug::return_unsaid: fulfilment.advance = forget_return; break;
        case InjectedBug::capture_refusal_is_done: fulfilment.settle = capture_refusal_is_done; break;
        case InjectedBug::free_order_charged: fulfilment.react = charge_free_order; break;
        case InjectedBug::returned_twice: fulfilment.settle = forget_goods_back; break;
        case InjectedBug::cancellation_unheard:
            fulfilment.instance = [](const Recorded& recorded) -> std::optional<OrderId> {
                const auto& heard = all_sagas().front();
                if (recorded.type == heard.definition->stops) return std::nullopt;
                return heard.instance(recorded);
            };
            break;
        default: break;
    }
    return all;
}

}  // namespace sillok::simulation
