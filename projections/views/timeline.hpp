// One entry of a row's timeline: which event, and when.
#pragma once

#include "eventstore/base/clock.hpp"
#include "eventstore/event.hpp"
#include "eventstore/position.hpp"

#include <string>

namespace sillok {

struct TimelineEntry {  // stored
    Position position;
    Timestamp time;
    std::string type;  // "order.placed"

    friend bool operator==(const TimelineEntry&, const TimelineEntry&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("position", self.position);
        visit("time", self.time);
        visit("type", self.type);
    }
};

inline TimelineEntry timeline_entry(const Recorded& event) {
    return {event.position, event.time, std::string{event.type}};
}

}  // namespace sillok
