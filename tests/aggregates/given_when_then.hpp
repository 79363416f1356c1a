// The language of the aggregates' tests:
//
//     const Given<Stock> given;
//     const auto stocked = given(received(1));
//     CHECK(stocked.when(Reserve{"o-1", 1}) == then(reserved("o-1", 1)));
//     CHECK(stocked.when(Reserve{"o-2", 2}) == rejected(Rejection::insufficient_stock, 1));
//     CHECK(stocked.twice(Reserve{"o-1", 1}) == nothing_new());
//
// and tables that answer every command in every phase.
#pragma once

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/decider.hpp"

#include <doctest/doctest.h>

#include <map>
#include <ostream>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

namespace sillok {

// An event with its fields, as JSON.
std::string described(const NewEvent& event);

template <class... Events>
struct Then {
    std::vector<std::variant<Events...>> events;
};
// What is expected to happen: these events, in this order.
template <class... Events>
auto then(Events... events) {
    return Then<Events...>{{std::move(events)...}};
}
inline Then<std::monostate> nothing_new() { return {}; }

// What a decider decided.
template <Decider D>
struct Decided {
    Decision<D> decision;

    friend bool operator==(const Decided& decided, const std::unexpected<Rejection>& refused) {
        return !decided.decision && decided.decision.error() == refused.error();
    }
    template <class... Events>
    friend bool operator==(const Decided& decided, const Then<Events...>& expected) {
        if (!decided.decision || decided.decision->size() != expected.events.size()) return false;
        std::vector<typename D::Event> events;
        for (const auto& event : expected.events)
            std::visit(
                [&events]<class E>(const E& one) {
                    if constexpr (!std::is_same_v<E, std::monostate>) events.emplace_back(one);
                },
                event);
        return *decided.decision == events;
    }
    friend std::ostream& operator<<(std::ostream& out, const Decided& decided) {
        if (!decided.decision) {
            out << "refused: " << code(decided.decision.error().reason);
            if (const auto available = decided.decision.error().available) out << ", available " << *available;
            return out;
        }
        if (decided.decision->empty()) out << "nothing new";
        for (const auto& event : *decided.decision) out << described(encode(event)) << ' ';
        return out;
    }
};

template <Decider D>
typename D::State fold(typename D::State state, const std::vector<typename D::Event>& events) {
    for (const auto& event : events) state = D::evolve(std::move(state), event);
    return state;
}

// An aggregate with a past.
template <Decider D>
class Past {
   public:
    explicit Past(std::vector<typename D::Event> events) : state_(fold<D>({}, events)) {}

    [[nodiscard]] Decided<D> when(const typename D::Command& command) const { return {D::decide(state_, command)}; }
    // What the second of two equal commands comes to.
    [[nodiscard]] Decided<D> twice(const typename D::Command& command) const {
        const auto first = D::decide(state_, command);
        REQUIRE(first);
        return {D::decide(fold<D>(state_, *first), command)};
    }
    [[nodiscard]] const typename D::State& state() const { return state_; }

   private:
    typename D::State state_;
};

template <Decider D>
struct Given {
    template <class... Events>
    Past<D> operator()(Events... events) const {
        return Past<D>{{typename D::Event{std::move(events)}...}};
    }
};

// One line of a table's text, for one of its commands.
struct Cell {
    std::string phase, command, answer;
};
std::vector<Cell> cells(std::string_view text);

// What every command comes to in every phase, as text:
//
//     prepared:
//         Start -> delivery.started
//         Complete, Return -> not-started
//
// An answer is the types of the events, "nothing", or the code of the rejection. No pair may be missing.
template <Decider D>
struct Table {
    std::map<std::string, typename D::Command> commands;
    std::map<std::string, Past<D>> phases;

    void check(std::string_view text) const {
        std::set<std::pair<std::string, std::string>> answered;
        for (const auto& [phase, command, answer] : cells(text)) {
            CAPTURE(phase);
            CAPTURE(command);
            REQUIRE(phases.contains(phase));
            REQUIRE(commands.contains(command));
            CHECK(answered.emplace(phase, command).second);
            CHECK(in_short(phases.at(phase).when(commands.at(command)).decision) == answer);
        }
        CHECK(answered.size() == phases.size() * commands.size());
    }

   private:
    static std::string in_short(const Decision<D>& decision) {
        if (!decision) return std::string{code(decision.error().reason)};
        if (decision->empty()) return "nothing";
        std::string types;
        for (const auto& event : *decision) types += (types.empty() ? "" : " ") + encode(event).type;
        return types;
    }
};

}  // namespace sillok
