// A projection: pure functions that turn events into rows by key, and say under which index entries a row is listed. A
// read model holds its rows; they come from the log alone and can be deleted.
//
// Purity: key, project and indexes have no clock, no I/O, no logging. So a rebuild gives the same rows again.
// Poison: an event that cannot be read makes project throw EventUnreadable; the projector parks that key and goes on
//         (projector.hpp).
#pragma once

#include "eventstore/event.hpp"
#include "projections/engine/index.hpp"

#include <concepts>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sillok {

// The payload is damaged, newer than this program, or contradicts what the row says about earlier events.
class EventUnreadable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A projection may also have
//     static std::optional<std::string> invariant_violation(const Row&);  // for checks: what is wrong with a row
//     static constexpr bool row_per_event = true;                         // no row is ever touched twice
//     static bool moves(const Recorded&);  // whether the event may change indexes(row); by its stream and type alone
template <class P>
concept Projection =
    requires(const Recorded& event, std::optional<typename P::Row> before, const typename P::Row& row) {
        { P::name } -> std::convertible_to<std::string_view>;  // stored: [a-z_]
        { P::version } -> std::convertible_to<std::uint32_t>;  // raised when rows change their meaning: it is rebuilt
        // The row that the event touches; nothing for an event of other read models. Cheap: it looks at stream and
        // type, never into the payload, because most events concern other read models.
        { P::key(event) } -> std::same_as<std::optional<std::string>>;
        // The row afterwards; nothing deletes it, or leaves it absent. An operator's decision to skip an event
        // (is_skip) only moves the row's version.
        { P::project(std::move(before), event) } -> std::same_as<std::optional<typename P::Row>>;
        // The index entries that list the row. The projector keeps them in step with the row.
        { P::indexes(row) } -> std::same_as<std::vector<IndexEntry>>;
    } && (requires { requires P::row_per_event; } || requires(std::string_view key) {
        // All streams whose events touch the row, so that it can be built again alone.
        { P::streams(key) } -> std::same_as<std::vector<std::string>>;
    });

}  // namespace sillok
