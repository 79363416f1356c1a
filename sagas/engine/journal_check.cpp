#include "sagas/engine/journal_check.hpp"

#include "aggregates/unreadable_event.hpp"

#include <spdlog/fmt/fmt.h>

#include <string_view>
#include <utility>
#include <variant>

namespace sillok::saga {
namespace {

std::string words(const event::CommandScheduled& it) {
    return fmt::format("{} {} at {}, attempt {}, command {}", text(it.direction), it.step, it.target, it.attempt,
                       it.command_id.text());
}
std::string words(const event::CompensationStarted& it) { return "turned: " + it.reason; }
std::string words(const event::Parked& it) { return fmt::format("parked at {}: {}", it.step, it.reason); }
std::string words(const event::Ended& it) { return fmt::format("ended {}", text(it.ending)); }
std::string words(const event::CommandCompleted& it) {
    return fmt::format("settled {} {}", it.step, it.command_id.text());
}
std::string words(const event::CommandExecuted& it) { return words(event::scheduled(it)); }
std::string words(const event::TriggerReceived& it) { return "heard " + it.type; }
std::string words(const event::Reopened& it) { return "reopened by " + it.type; }
std::string words(const event::Started& it) {
    return fmt::format("started {} {}", it.definition, it.definition_version);
}
std::string words(const event::Ignored& it) { return "ignored " + it.type; }
std::string words(const event::Intervened& it) { return fmt::format("operator: {}", text(it.verb)); }
std::string words(const std::optional<Event>& event) {
    if (!event) return "nothing";
    return std::visit([](const auto& it) { return words(it); }, *event);
}

bool is_same(const event::CommandScheduled& a, const event::CommandScheduled& b) {
    return a.step == b.step && a.direction == b.direction && a.command_id == b.command_id && a.target == b.target &&
           a.attempt == b.attempt && a.generation == b.generation;
}
bool is_same(const event::CompensationStarted& a, const event::CompensationStarted& b) {
    return a.reason == b.reason && a.detail == b.detail;  // an older program used the rules of its own time
}
bool is_same(const event::Parked& a, const event::Parked& b) { return a == b; }
bool is_same(const event::Ended& a, const event::Ended& b) { return a == b; }
// The others have a cause outside the saga: only their type follows from the state.
template <class Other>
bool is_same(const Other&, const Other&) {
    return true;
}

bool is_same(const std::optional<Event>& expected, const Event& recorded) {
    if (!expected || expected->index() != recorded.index()) return false;
    return std::visit([&](const auto& it) { return is_same(std::get<std::decay_t<decltype(it)>>(*expected), it); },
                      recorded);
}

// Returns what this program would record at this point instead; nothing if it would record the same.
class Expectation {
   public:
    Expectation(const Manager& manager, const State& state, const JournalEntry& entry)
        : manager_(manager), state_(state), now_(entry.time), key_space_(entry.key_space) {}

    std::optional<std::string> operator()(const event::Started& it) const {
        if (find_version(*manager_.definition, it.definition, it.definition_version) != nullptr) return std::nullopt;
        return "no such definition";
    }
    std::optional<std::string> operator()(const event::TriggerReceived& it) const {
        return reaction(it.trigger, it.type, it);
    }
    std::optional<std::string> operator()(const event::Reopened& it) const { return reaction(it.trigger, it.type, it); }
    std::optional<std::string> operator()(const event::Ignored&) const { return std::nullopt; }
    std::optional<std::string> operator()(const event::Intervened&) const { return std::nullopt; }
    std::optional<std::string> operator()(const event::CommandCompleted& it) const {
        const auto* pending = state_.pending();
        if (pending == nullptr) return "no command under way";
        if (pending->command_id == it.command_id) return std::nullopt;
        return "the command under way is " + pending->command_id.text();
    }
    std::optional<std::string> operator()(const event::Parked& it) const {
        if (it.step.empty() || is_unreadable(it.reason))
            return std::nullopt;  // after an unexpected failure: no state explains it
        return next(it);
    }
    // Its outcome belongs to the command that it names, so the intent alone is compared.
    std::optional<std::string> operator()(const event::CommandExecuted& it) const { return next(event::scheduled(it)); }
    template <class Own>
    std::optional<std::string> operator()(const Own& it) const {
        return next(it);
    }

   private:
    std::optional<Event> next_event(const DecisionContext& context) const {
        auto action = manager_.advance(state_, context);
        auto* record = std::get_if<action::Record>(&action);
        return record == nullptr ? std::nullopt : std::optional{std::move(record->event)};
    }
    std::optional<std::string> next(const Event& recorded) const {
        if (is_next(recorded, key_space_) || is_next(recorded, Uuid{})) return std::nullopt;
        return words(next_event({.now = now_, .key_space = key_space_}));
    }
    bool is_next(const Event& recorded, const Uuid& key_space) const {
        return is_same(next_event({.now = now_, .key_space = key_space}), recorded) ||
               is_same(next_event({.now = now_, .unavailable_until = now_, .key_space = key_space}), recorded) ||
               is_same_around_expiry(recorded, key_space);
    }
    // The journal does not show the exact time at which the saga was found expired.
    bool is_same_around_expiry(const Event& recorded, const Uuid& key_space) const {
        const auto* forward = std::get_if<phase::Forward>(&state_.phase);
        if (forward == nullptr || !forward->expires_at) return false;
        const auto at = *forward->expires_at;
        return is_same(next_event({.now = at, .key_space = key_space}), recorded) ||
               is_same(next_event({.now = Timestamp{at.value - 1}, .key_space = key_space}), recorded);
    }
    std::optional<std::string> reaction(Position trigger, std::string_view type, const Event& recorded) const {
        // A saga that was stopped is reopened only if its order stands.
        const bool order_stands = std::holds_alternative<event::Reopened>(recorded);
        const auto expected = manager_.react(
            state_, {.position = trigger, .type = type, .order = state_.order, .order_stands = order_stands});
        if (is_same(expected, recorded)) return std::nullopt;
        return words(expected);
    }

    const Manager& manager_;
    const State& state_;
    const Timestamp now_;
    const Uuid key_space_;
};

}  // namespace

std::optional<Divergence> divergence_of(const Manager& manager, std::span<const JournalEntry> journal) {
    State state{*manager.definition};
    Version version;
    for (const auto& entry : journal) {
        version = next(version);
        if (auto expected = std::visit(Expectation{manager, state, entry}, entry.event))
            return Divergence{version, words(entry.event), *std::move(expected)};
        state = evolve(std::move(state), entry.event);
    }
    return std::nullopt;
}

}  // namespace sillok::saga
