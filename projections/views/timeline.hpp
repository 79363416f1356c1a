// One line of a row's history: which event, when.
#pragma once

#include "eventstore/base/clock.hpp"
#include "eventstore/event.hpp"
#include "eventstore/position.hpp"

#include <string>

namespace sillok {

struct Happening {  // stored
    Position position;
    Timestamp time;
    std::string type;  // "order.placed"

    friend bool operator==(const Happening&, const Happening&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("position", self.position);
        visit("time", self.time);
        visit("type", self.type);
    }
};

inline Happening happening(const Recorded& event) { return {event.position, event.time, std::string{event.type}}; }

}  // namespace sillok
