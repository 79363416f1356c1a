// Records an operator's decision to leave out the event at which an aggregate's stream cannot be followed.
//
// Journal: a saga goes on from the events before, and repeats what it cannot know of. Its commands have the same ids
//          again, so repeating them changes nothing. Only the last event of a journal can be skipped: what comes after
//          it would contradict the rest.
// Order:   one event after another: only the first unreadable event of a stream can be skipped. If the next ones
//          contradict what comes before the skipped one, they are unreadable in turn and can be skipped next.
// Threads: any thread may call it.
// Errors:  expected outcomes are values. A log that cannot be read throws StorageError.
#pragma once

#include "aggregates/skipped_event.hpp"
#include "aggregates/unreadable_event.hpp"
#include "eventstore/event_store.hpp"

#include <boost/asio/awaitable.hpp>

#include <cstdint>
#include <expected>
#include <functional>
#include <string>
#include <variant>

namespace sillok {

enum class SkipRefused : std::uint8_t {
    not_in_stream,     // the stream has no event at this position
    not_an_aggregate,  // only events of aggregates and of sagas' journals can be skipped
    built_upon,        // in a saga's journal: later events follow from it
    readable,          // the event can be read and follows from the earlier ones
};

// UnreadableEvent: an earlier event of the stream, which has to be skipped first.
using SkipError = std::variant<SkipRefused, UnreadableEvent, AppendError>;

struct SkipRequest {
    std::string stream;
    Position position;
    std::string reason;
    Metadata metadata;  // its actor decides
    std::function<std::string(const EventSkipped&)> receipt = {};
};

struct SkipRecorded {
    EventSkipped event;
    Position position;      // of the decision
    bool repeated = false;  // the event was skipped before: this is the first decision
};

asio::awaitable<std::expected<SkipRecorded, SkipError>> skip_event(EventStore& store, SkipRequest request);

}  // namespace sillok
