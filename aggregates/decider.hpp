// An aggregate as pure functions: decide checks a command against a state and gives events, evolve applies an event to
// a state, and follows says whether it can. No clock, no I/O, no logging, no random numbers: times and ids arrive
// inside the command. (Decider: Jérémie Chassaing.)
#pragma once

#include "aggregates/rejection.hpp"

#include <concepts>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

// An event's published name and the version of its fields. Stored: a changed field is a new version.
struct EventName {
    std::string_view type;
    std::uint16_t schema_version = 1;
};

// The events to append, or why not. No event means: nothing to change, and the command is accepted.
template <class D>
using Decision = std::expected<std::vector<typename D::Event>, Rejection>;

template <class D>
concept Decider = requires(const typename D::State& state, typename D::State moved, const typename D::Command& command,
                           const typename D::Event& event) {
    typename D::Id;  // strong id: the stream is "{category}-{in_stream_name(id)}"
    { D::category } -> std::convertible_to<std::string_view>;
    { D::state_version } -> std::convertible_to<std::uint32_t>;  // raised when State or evolve changes its meaning
    { D::decide(state, command) } -> std::same_as<Decision<D>>;  // may refuse; changes nothing
    // Whether the event can come after the events of this state. What decide gives does, or there is a bug. An event of
    // the log that does not contradicts the earlier ones of its stream: it is unreadable (unreadable_event.hpp).
    { D::follows(state, event) } -> std::same_as<bool>;
    { D::evolve(std::move(moved), event) } -> std::same_as<typename D::State>;  // total; never refuses
};

// "order-17".
template <Decider D>
std::string stream_name(const typename D::Id& id) {
    return std::string{D::category} + '-' + in_stream_name(id);
}

// The three possible decisions, named so that decide and its tests read like sentences.
template <Decider D, class... Events>
Decision<D> happened(Events&&... events) {
    std::vector<typename D::Event> in_order;
    in_order.reserve(sizeof...(events));
    (in_order.emplace_back(std::forward<Events>(events)), ...);
    return in_order;
}
template <Decider D>
Decision<D> nothing_new() {
    return std::vector<typename D::Event>{};
}
inline std::unexpected<Rejection> rejected(Rejection::Reason why) { return std::unexpected(Rejection{why}); }
inline std::unexpected<Rejection> rejected(Rejection::Reason why, std::int64_t available) {
    return std::unexpected(Rejection{why, available});
}

}  // namespace sillok
