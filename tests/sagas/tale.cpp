#include "tests/sagas/tale.hpp"

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
    return fmt::format("{}; {}", words(intended(performed)), words(settled(performed)));
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
        case InterventionRefused::unreadable: break;
    }
    return "unreadable";
}
}  // namespace

Tale::Tale(Manager manager, std::vector<std::pair<std::string, std::int64_t>> items)
    : manager_(manager), items_(std::move(items)) {}

void Tale::write(Event event) {
    state_ = manager_.evolve(std::move(state_), event);
    journal_.push_back(std::move(event));
}

lines Tale::goes_on() {
    const auto before = journal_.size();
    while (auto event = manager_.next(state_, moment())) write(*std::move(event));
    lines written;
    for (auto i = before; i < journal_.size(); ++i) written.push_back(told(journal_[i]));
    return written;
}

lines Tale::intervenes(const Intervention& intervention) {
    const auto intervened = intervene(state_, intervention, DecisionContext{now_, 17});
    if (!intervened) return {fmt::format("not allowed: {}", words(intervened.error()))};
    lines written{told(*intervened)};
    write(*intervened);
    for (auto& line : goes_on()) written.push_back(std::move(line));
    return written;
}

lines Tale::hear(std::string_view type, Position at) {
    Trigger trigger{at, type, OrderId{"o1"}, {}};
    if (type == manager_.definition->starts) {
        trigger.pivot_by = pivot_by_;
        trigger.facts.emplace();
        trigger.facts->customer = CustomerId{"kim"};
        trigger.facts->address = "Seoul";
        trigger.facts->amount = {300, {{'K', 'R', 'W'}}};
        for (const auto& [product, quantity] : items_) trigger.facts->items.push_back({ProductId{product}, {quantity}});
    }
    lines written;
    if (auto event = manager_.react(state_, trigger)) {
        written.push_back(told(*event));
        write(*std::move(event));
    }
    for (auto& line : goes_on()) written.push_back(std::move(line));
    return written;
}

lines Tale::hears(std::string_view type) {
    heard_.value += 10;
    return hear(type, heard_);
}
lines Tale::hears_again(std::string_view type) { return hear(type, heard_); }

lines Tale::settle(Answer answer) {
    auto settled = manager_.settle(state_, answer, moment());
    lines written{told(settled)};
    write(std::move(settled));
    for (auto& line : goes_on()) written.push_back(std::move(line));
    return written;
}
lines Tale::is_done() { return settle({}); }
lines Tale::is_refused(std::string code) { return settle({Outcome::refused, std::move(code), "because"}); }
lines Tale::is_unknown() { return settle({Outcome::unknown, {}, "no answer"}); }

void Tale::is_settled_again(const Uuid& command_id) {
    for (const auto& event : journal_) {
        const auto* settled = std::get_if<event::CommandCompleted>(&event);
        if (settled == nullptr || settled->command_id != command_id) continue;
        if (state_.open && state_.open->command_id == command_id) continue;
        const auto before = state_;
        state_ = manager_.evolve(std::move(state_), event);
        if (state_ != before) throw std::logic_error("an answer that came twice was taken twice");
    }
}

DecisionContext Tale::moment() {
    if (spared_) spared_until_ = now_;
    return {now_, 17, spared_until_};
}

lines Tale::passes(std::int64_t ms) {
    now_.value += ms;
    return goes_on();
}

Tale Tale::cut(std::size_t events) const {
    Tale tale{manager_, items_};
    tale.heard_ = heard_;
    tale.now_ = now_;
    tale.pivot_by_ = pivot_by_;
    for (std::size_t i = 0; i < events; ++i) tale.write(journal_[i]);
    return tale;
}

}  // namespace sillok::saga
