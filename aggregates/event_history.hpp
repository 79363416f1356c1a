// The versions of an event. A type that is not the first version of its name names the version before it, and makes
// itself from that:
//
//   struct Placed {
//       static constexpr EventName name{"order.placed", 2};
//       using Before = PlacedV1;                     // {"order.placed", 1}; its fields never change again
//       static Placed upcast(PlacedV1 before);       // pure and total: there is no old event without a new form
//       ...
//
// Each step knows its own predecessor and nothing older, so a third version adds one step and changes none.
// Versions that are not a chain 1, 2, 3 ... of one name do not compile. docs/schema-evolution.md is the guide.
#pragma once

#include "aggregates/decider.hpp"

#include <concepts>
#include <utility>

namespace sillok {

template <class E>
concept HasBefore = requires(typename E::Before before) {
    { E::upcast(std::move(before)) } -> std::same_as<E>;
};

// Returns true, or does not compile.
template <class E>
consteval bool is_whole_history() {
    if constexpr (requires { typename E::Before; }) {
        static_assert(HasBefore<E>, "a version with a Before needs static E upcast(Before)");
        using Before = typename E::Before;
        static_assert(E::name.type == Before::name.type, "an upcast keeps the event's name");
        static_assert(E::name.schema_version == Before::name.schema_version + 1, "an upcast is one version's step");
        return is_whole_history<Before>();
    } else {
        static_assert(E::name.schema_version == 1, "a version after the first names its Before");
        return true;
    }
}

// Visits E and all versions before it, newest first.
template <class E, class Visit>
constexpr void each_version(Visit&& visit) {
    visit.template operator()<E>();
    if constexpr (HasBefore<E>) each_version<typename E::Before>(visit);
}

}  // namespace sillok
