// An event before it is in the log (NewEvent) and afterwards (Recorded). The payload is opaque bytes.
#pragma once

#include "eventstore/base/hash.hpp"
#include "eventstore/base/timestamp.hpp"
#include "eventstore/base/uuid.hpp"
#include "eventstore/position.hpp"
#include "eventstore/tags.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

// The command that an event comes from, and who sent it.
struct Metadata {
    Timestamp time{};       // when the command was accepted, by the proposer's clock
    Uuid command_id{};      // nil: not from a command
    Uuid correlation_id{};  // the same for everything caused by one request
    Uuid causation_id{};    // the event or command that caused this one; nil: none
    std::string actor{};    // who sent the command: a subject, or "saga:fulfilment"; up to 255 bytes

    friend bool operator==(const Metadata&, const Metadata&) = default;
};

struct NewEvent {
    std::string type;  // "stock.reserved"; 1-255 bytes of [A-Za-z0-9._-]
    std::uint16_t schema_version = 1;
    std::string payload;
    std::vector<std::string> tags{};  // up to 16, each 1-255 bytes of [A-Za-z0-9._~@%:-]
    // Chosen by the caller so that the same event is never recorded twice. Nil: the log assigns one.
    Uuid event_id{};
};

// A view of one durable event.
// REQUIRES: the EventBatch it came from outlives every view into it.
struct Recorded {
    Position position;
    Version version;  // within its stream
    std::string_view stream;
    Uuid event_id;
    std::string_view type;
    std::uint16_t schema_version = 1;
    Timestamp time;
    Uuid command_id;
    Uuid correlation_id;
    Uuid causation_id;
    std::string_view actor;
    Tags tags;
    std::string_view payload;
    std::uint16_t commit_rest = 0;  // number of events of the same commit that follow
    bool id_was_chosen = false;     // the caller set NewEvent::event_id
    Hash chain_hash;                // SHA-256 of the previous event's chain hash and this record's body
};

}  // namespace sillok
