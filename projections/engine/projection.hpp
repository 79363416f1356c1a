// What a read model is: rows by key, each a pure function of the events that touch it, and the indexes that
// list them. Everything in it comes from the log and can be thrown away.
//
// Purity: key, project and indexes have no clock, no I/O, no logging. So a rebuild gives the same rows again.
// Poison: an event that cannot be read makes project throw EventUnreadable; whoever runs the projection parks
//         that key and goes on (projector.hpp).
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

// The payload is damaged, or newer than this program.
class EventUnreadable : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

// A projection may also say
//     static std::optional<std::string> invariant_violation(const Row&);   // what must be true of every row, for
//     checks static constexpr bool row_per_event = true;                     // no row is ever touched twice
template <class P>
concept Projection =
    requires(const Recorded& event, std::optional<typename P::Row> before, const typename P::Row& row) {
        { P::name } -> std::convertible_to<std::string_view>;  // stored: [a-z_]
        { P::version } -> std::convertible_to<std::uint32_t>;  // another meaning, another version: it is rebuilt
        // The row that the event touches; nothing for an event that is no concern of this model. Cheap: it looks
        // at stream and type, never into the payload, for most events of the log are foreign.
        { P::key(event) } -> std::same_as<std::optional<std::string>>;
        // The row afterwards; nothing deletes it, or leaves it absent.
        { P::project(std::move(before), event) } -> std::same_as<std::optional<typename P::Row>>;
        // Under which entries the row is listed. Kept in step with the row by whoever runs the projection.
        { P::indexes(row) } -> std::same_as<std::vector<IndexEntry>>;
    };

}  // namespace sillok
