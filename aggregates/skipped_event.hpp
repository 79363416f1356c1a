// An operator's decision that an unreadable event of an aggregate is left out. The decision is an event itself, in the
// stream of the event that it skips. Nothing in the log is altered, and every copy of the log has it.
//
// Folding: every state of the stream is without the skipped event. So it is in a program that could read the event, and
//          for a state before the decision, because later events were decided without it.
// Threads: any thread may call any function.
// Errors:  a log that cannot be read throws StorageError.
#pragma once

#include "aggregates/decider.hpp"
#include "eventstore/event.hpp"
#include "eventstore/event_store.hpp"

#include <optional>
#include <string>
#include <unordered_set>
#include <vector>

namespace sillok {

struct EventSkipped {  // stored
    static constexpr EventName name{"event.skipped", 1};
    Position position;  // of the event that is left out, where the decision was made
    Uuid event_id;      // the same event in every copy of the log
    std::string type;
    std::string reason;  // the operator's
    friend bool operator==(const EventSkipped&, const EventSkipped&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("position", self.position);
        visit("eventId", self.event_id);
        visit("type", self.type);
        visit("reason", self.reason);
    }
    [[nodiscard]] std::vector<std::string> tags() const;
};

// Whether the event is such a decision. Cheap: it looks at the type only.
constexpr bool is_skip(const Recorded& recorded) { return recorded.type == EventSkipped::name.type; }
// Returns nothing if the event is none, or is written by a newer program.
std::optional<EventSkipped> skip_in(const Recorded& recorded);

// The position of the decision to leave this event out; nothing if there is none.
std::optional<Position> skip_of(const EventStore& store, const Recorded& recorded);
// The ids of all events that are left out.
std::unordered_set<Uuid> skipped_events(const EventStore& store);

}  // namespace sillok
