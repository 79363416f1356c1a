#include "tests/sagas/saga_scenario.hpp"

#include <spdlog/fmt/fmt.h>

#include <iterator>
#include <stdexcept>

namespace sillok::saga {
namespace {

std::string words(const event::Started&) { return "started"; }
std::string words(const event::TriggerReceived& heard) { return "heard " + heard.type; }
std::string words(const event::Reopened& reopened) { return "reopened " + reopened.type; }
std::string words(const event::Ignored& ignored) { return fmt::format("ignored {}: {}", ignored.type, ignored.why); }
std::string words(const event::CommandScheduled& intended) {
    const auto verb = intended.query ? "asks about" : intended.direction == Direction::forward ? "intends" : "undoes";
    const auto again = intended.attempt > 1 ? fmt::format(" again ({})", intended.attempt) : "";
    return fmt::format("{} {} {}{}", verb, intended.step, intended.target, again);
}
std::string words(const event::CommandCompleted& settled) {
    const bool forward = settled.direction == Direction::forward;
    switch (settled.outcome) {
        case Outcome::done: return fmt::format("{} {}", forward ? "done" : "undone", settled.step);
        case Outcome::refused: return fmt::format("refused {} {}", settled.step, settled.code);
        default: return "unknown " + settled.step;
    }
}
std::string words(const event::CommandExecuted& performed) {
    return fmt::format("{}; {}", words(scheduled(performed)), words(completed(performed)));
}
std::string words(const event::CompensationStarted& turned) { return "turned " + turned.reason; }
std::string words(const event::Parked& parked) { return fmt::format("parked {} {}", parked.step, parked.reason); }
std::string words(const event::Intervened& intervened) {
    return fmt::format("{} {}{}", text(intervened.verb), intervened.step,
                       intervened.result.empty() ? "" : ": " + intervened.result);
}
std::string words(const event::Ended& ended) {
    return fmt::format("ended {}{}{}", text(ended.ending), ended.reason.empty() ? "" : " ", ended.reason);
}

}  // namespace

std::string told(const Event& event) {
    return std::visit([](const auto& one) { return words(one); }, event);
}

namespace {
std::string_view words(InterventionRefused why) {
    switch (why) {
        case InterventionRefused::unknown: return "unknown";
        case InterventionRefused::ended: return "ended";
        case InterventionRefused::under_way: return "under way";
        case InterventionRefused::no_such_step: return "no such step";
        case InterventionRefused::another_step: return "another step";
        case InterventionRefused::at_no_step: return "at no step";
        case InterventionRefused::past_the_pivot: return "past the pivot";
        case InterventionRefused::no_result: return "no result";
        case InterventionRefused::not_refused: return "not refused";
        case InterventionRefused::unreadable: break;
    }
    return "unreadable";
}
}  // namespace

SagaScenario::SagaScenario(Manager manager, Items items)
    : manager_(manager), items_(std::move(items)), state_(*manager.definition) {}

void SagaScenario::record(Event event) {
    state_ = evolve(std::move(state_), event);
    journal_.push_back(std::move(event));
}

then SagaScenario::continues() {
    then recorded;
    for (;;) {
        auto action = manager_.advance(state_, context());
        auto* next = std::get_if<action::Record>(&action);
        if (next == nullptr) return recorded;
        recorded.push_back(told(next->event));
        record(std::move(next->event));
    }
}

then SagaScenario::when_operator(const Intervention& intervention) {
    const auto intervened = intervene(state_, intervention, DecisionContext{now_, 17});
    if (!intervened) return {fmt::format("not allowed: {}", words(intervened.error()))};
    then recorded{told(*intervened)};
    record(*intervened);
    for (auto& event : continues()) recorded.push_back(std::move(event));
    return recorded;
}

then SagaScenario::receive(std::string_view type, Position at) {
    Trigger trigger{.position = at, .type = type, .order = OrderId{"o1"}};
    trigger.order_stands = order_stands_;
    if (type == manager_.definition->starts) {
        trigger.expires_at = expires_at_;
        trigger.details.emplace();
        trigger.details->customer = CustomerId{"kim"};
        trigger.details->address = "Seoul";
        trigger.details->amount = {300, {{'K', 'R', 'W'}}};
        for (const auto& [product, quantity] : items_)
            trigger.details->items.push_back({ProductId{product}, {quantity}});
    }
    then recorded;
    if (auto event = manager_.react(state_, trigger)) {
        recorded.push_back(told(*event));
        record(*std::move(event));
    }
    for (auto& event : continues()) recorded.push_back(std::move(event));
    return recorded;
}

then SagaScenario::when_received(std::string_view type) {
    last_trigger_.value += 10;
    return receive(type, last_trigger_);
}
then SagaScenario::when_received_again(std::string_view type) { return receive(type, last_trigger_); }

then SagaScenario::complete(const StepResult& result) {
    auto completed = manager_.settle(state_, result, context());
    then recorded{told(completed)};
    record(std::move(completed));
    for (auto& event : continues()) recorded.push_back(std::move(event));
    return recorded;
}
then SagaScenario::when_done(std::string_view code) { return complete({Outcome::done, std::string{code}, {}}); }
then SagaScenario::when_refused(std::string code) { return complete({Outcome::refused, std::move(code), "because"}); }
then SagaScenario::when_unanswered() { return complete({Outcome::unknown, {}, "no answer"}); }

void SagaScenario::when_completed_again(const Uuid& command_id) {
    for (const auto& event : journal_) {
        const auto* completed = std::get_if<event::CommandCompleted>(&event);
        if (completed == nullptr || completed->command_id != command_id) continue;
        if (state_.pending() && state_.pending()->command_id == command_id) continue;
        const auto before = state_;
        state_ = evolve(std::move(state_), event);
        if (state_ != before) throw std::logic_error("a second outcome of the same command changed the state");
    }
}

DecisionContext SagaScenario::context() {
    if (unavailable_) unavailable_until_ = now_;
    return {now_, 17, unavailable_until_};
}

std::optional<Timestamp> SagaScenario::waits_until() const {
    const auto* retry = state_.pending() ? std::get_if<RetryAt>(&state_.pending()->wait) : nullptr;
    return retry == nullptr ? std::nullopt : std::optional{retry->time};
}

then SagaScenario::when_time_passes(std::int64_t ms) {
    now_.value += ms;
    return continues();
}

SagaScenario SagaScenario::crashed_after(std::size_t events) const {
    SagaScenario scenario{manager_, items_};
    scenario.last_trigger_ = last_trigger_;
    scenario.now_ = now_;
    scenario.expires_at_ = expires_at_;
    for (std::size_t i = 0; i < events; ++i) scenario.record(journal_[i]);
    return scenario;
}

}  // namespace sillok::saga
