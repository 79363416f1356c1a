// What a record holds, as an event of one family.
#pragma once

#include "aggregates/codec/event_codec.hpp"
#include "projections/engine/projection.hpp"

#include <variant>

namespace sillok {

// Throws EventUnreadable: the key is parked.
template <class Event>
Event decoded(const Recorded& record) {
    auto event = decode<Event>(record);
    if (!event) throw EventUnreadable(event.error().what);
    return std::move(*event);
}

// One function per kind of event; a kind without one does not compile.
template <class... Functions>
struct Overloaded : Functions... {
    using Functions::operator()...;
};

}  // namespace sillok
