// A record's payload as an event of one family.
#pragma once

#include "aggregates/codec/event_codec.hpp"
#include "eventstore/base/overloaded.hpp"
#include "projections/engine/projection.hpp"

#include <utility>

namespace sillok {

// Throws EventUnreadable: the key is parked.
template <class Event>
Event decoded(const Recorded& record) {
    auto event = decode<Event>(record);
    if (!event) throw EventUnreadable(event.error().what);
    return std::move(*event);
}

// Throws EventUnreadable if an event does not follow from what its row says about the earlier ones: the key is parked.
inline void require_follows(bool follows, const Recorded& record) {
    if (!follows) throw EventUnreadable(contradiction(record).what);
}

}  // namespace sillok
