#include "sagas/engine/journal_check.hpp"

#include <spdlog/fmt/fmt.h>

#include <string_view>
#include <utility>
#include <variant>

namespace sillok::saga {
namespace {

std::string told(const event::CommandScheduled& it) {
    return fmt::format("{} {} at {}, attempt {}, command {}", text(it.direction), it.step, it.target, it.attempt,
                       it.command_id.text());
}
std::string told(const event::CompensationStarted& it) { return "turned: " + it.reason; }
std::string told(const event::Parked& it) { return fmt::format("parked at {}: {}", it.step, it.reason); }
std::string told(const event::Ended& it) { return fmt::format("ended {}", text(it.ending)); }
std::string told(const event::CommandCompleted& it) {
    return fmt::format("settled {} {}", it.step, it.command_id.text());
}
std::string told(const event::CommandExecuted& it) { return told(event::intended(it)); }
std::string told(const event::TriggerReceived& it) { return "heard " + it.type; }
std::string told(const event::Reopened& it) { return "reopened by " + it.type; }
std::string told(const event::Started& it) {
    return fmt::format("started {} {}", it.definition, it.definition_version);
}
std::string told(const event::Ignored& it) { return "ignored " + it.type; }
std::string told(const event::Intervened& it) { return fmt::format("operator: {}", text(it.verb)); }
std::string told(const std::optional<Event>& event) {
    if (!event) return "nothing";
    return std::visit([](const auto& it) { return told(it); }, *event);
}

bool is_same(const event::CommandScheduled& a, const event::CommandScheduled& b) {
    return a.step == b.step && a.direction == b.direction && a.command_id == b.command_id && a.target == b.target &&
           a.attempt == b.attempt && a.generation == b.generation;
}
bool is_same(const event::CompensationStarted& a, const event::CompensationStarted& b) { return a == b; }
bool is_same(const event::Parked& a, const event::Parked& b) { return a == b; }
bool is_same(const event::Ended& a, const event::Ended& b) { return a == b; }
// The others come from outside: only their kind follows from the state.
template <class Other>
bool is_same(const Other&, const Other&) {
    return true;
}

bool is_same(const std::optional<Event>& expected, const Event& recorded) {
    if (!expected || expected->index() != recorded.index()) return false;
    return std::visit([&](const auto& it) { return is_same(std::get<std::decay_t<decltype(it)>>(*expected), it); },
                      recorded);
}

// What this program would say at this point instead of `recorded`; nothing where it says the same.
class Expectation {
   public:
    Expectation(const Manager& manager, const State& state, Timestamp time)
        : manager_(manager), state_(state), now_(time) {}

    std::optional<std::string> operator()(const event::Started& it) const {
        if (find_definition(it.definition, it.definition_version) != nullptr) return std::nullopt;
        return "no such definition";
    }
    std::optional<std::string> operator()(const event::TriggerReceived& it) const {
        return heard(it.trigger, it.type, it);
    }
    std::optional<std::string> operator()(const event::Reopened& it) const { return heard(it.trigger, it.type, it); }
    std::optional<std::string> operator()(const event::Ignored&) const { return std::nullopt; }
    std::optional<std::string> operator()(const event::Intervened&) const { return std::nullopt; }
    std::optional<std::string> operator()(const event::CommandCompleted& it) const {
        if (state_.open && state_.open->command_id == it.command_id) return std::nullopt;
        return state_.open ? "the command under way is " + state_.open->command_id.text() : "no command under way";
    }
    std::optional<std::string> operator()(const event::Parked& it) const {
        if (it.step.empty()) return std::nullopt;  // something unexpected: it followed from no state
        return next(it);
    }
    // As an intent: what settles it is the command that it names.
    std::optional<std::string> operator()(const event::CommandExecuted& it) const { return next(event::intended(it)); }
    template <class Own>
    std::optional<std::string> operator()(const Own& it) const {
        return next(it);
    }

   private:
    std::optional<std::string> next(const Event& recorded) const {
        const auto expected = manager_.next(state_, {.now = now_});
        if (is_same(expected, recorded)) return std::nullopt;
        if (is_same(manager_.next(state_, {.now = now_, .spared_until = now_}), recorded)) return std::nullopt;
        // When exactly its time ran out is not written down.
        const auto just_before = Timestamp{state_.pivot_by.value - 1};
        for (const auto now : {state_.pivot_by, just_before})
            if (is_same(manager_.next(state_, {.now = now}), recorded)) return std::nullopt;
        return told(expected);
    }
    std::optional<std::string> heard(Position trigger, std::string_view type, const Event& recorded) const {
        const auto expected = manager_.react(state_, {trigger, type, state_.order, {}});
        if (is_same(expected, recorded)) return std::nullopt;
        return told(expected);
    }

    const Manager& manager_;
    const State& state_;
    const Timestamp now_;
};

}  // namespace

std::optional<Divergence> divergence_of(const Manager& manager, std::span<const JournalEntry> journal) {
    State state;
    Version version;
    for (const auto& [event, time] : journal) {
        version = next(version);
        if (auto expected = std::visit(Expectation{manager, state, time}, event))
            return Divergence{version, told(event), *std::move(expected)};
        state = manager.evolve(std::move(state), event);
    }
    return std::nullopt;
}

}  // namespace sillok::saga
