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

}  // namespace sillok
