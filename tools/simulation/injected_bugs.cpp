#include "tools/simulation/injected_bugs.hpp"

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sillok::simulation {
namespace {

using namespace saga;
using Next = std::optional<Event>;

const event::CommandScheduled* intended(const Next& event) {
    return event ? std::get_if<event::CommandScheduled>(&*event) : nullptr;
}

Next drop_compensation(const State& state, const DecisionContext& moment) {
    auto event = next(state, moment);
    const auto* intent = intended(event);
    if (intent == nullptr || intent->direction != Direction::compensate || intent->step != "reserve") return event;
    return event::Ended{Ending::compensated, state.reason};
}

Next end_instead_of_turning(const State& state, const DecisionContext& moment) {
    auto event = next(state, moment);
    if (!event || !std::holds_alternative<event::CompensationStarted>(*event)) return event;
    return event::Ended{Ending::refused, state.reason};
}

Next retry_with_fresh_id(const State& state, const DecisionContext& moment) {
    auto event = next(state, moment);
    if (const auto* intent = intended(event); intent != nullptr && intent->attempt > 1) {
        auto fresh = *intent;
        fresh.command_id = uuid_v5(intent->command_id, std::to_string(intent->attempt));
        return fresh;
    }
    return event;
}

Next forget_capture(const State& state, const DecisionContext& moment) {
    auto event = next(state, moment);
    const auto* intent = intended(event);
    if (intent == nullptr || intent->step != "capture") return event;
    return event::Ended{Ending::completed, {}};
}

event::CommandCompleted settle_unknown_as(Outcome outcome, const State& state, const Answer& answer,
                                          const DecisionContext& moment) {
    auto other = answer;
    if (other.outcome == Outcome::unknown) {
        other.outcome = outcome;
        if (outcome == Outcome::refused) other.code = "payment-unavailable";
    }
    return settle(state, other, moment);
}

event::CommandCompleted unknown_is_refused(const State& state, const Answer& answer, const DecisionContext& moment) {
    return settle_unknown_as(Outcome::refused, state, answer, moment);
}
event::CommandCompleted unknown_is_done(const State& state, const Answer& answer, const DecisionContext& moment) {
    return settle_unknown_as(Outcome::done, state, answer, moment);
}
event::CommandCompleted refusal_is_done(const State& state, const Answer& answer, const DecisionContext& moment) {
    auto other = answer;
    if (other.code == "payment-declined") other = {};
    return settle(state, other, moment);
}

}  // namespace

std::vector<Manager> sagas_with_bug(InjectedBug injected_bug) {
    std::vector<Manager> all{managers().begin(), managers().end()};
    auto& fulfilment = all.front();
    switch (injected_bug) {
        case InjectedBug::compensation_dropped: fulfilment.next = drop_compensation; break;
        case InjectedBug::turning_forgotten: fulfilment.next = end_instead_of_turning; break;
        case InjectedBug::retry_with_fresh_id: fulfilment.next = retry_with_fresh_id; break;
        case InjectedBug::capture_forgotten: fulfilment.next = forget_capture; break;
        case InjectedBug::unknown_is_refused: fulfilment.settle = unknown_is_refused; break;
        case InjectedBug::unknown_is_done: fulfilment.settle = unknown_is_done; break;
        case InjectedBug::refusal_is_done: fulfilment.settle = refusal_is_done; break;
        case InjectedBug::cancellation_unheard:
            fulfilment.instance = [](const Recorded& recorded) -> std::optional<OrderId> {
                const auto& heard = managers().front();
                if (recorded.type == heard.definition->stops) return std::nullopt;
                return heard.instance(recorded);
            };
            break;
        default: break;
    }
    return all;
}

}  // namespace sillok::simulation
