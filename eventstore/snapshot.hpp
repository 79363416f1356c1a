// An aggregate's state at one version of its stream: saves reading the events before it. The log can always replace it.
#pragma once

#include "eventstore/event.hpp"

#include <cstdint>
#include <string>

namespace sillok {

// Identifies the meaning of a snapshot's bytes: the schema of the state and the version of evolve that made it.
// A snapshot with another fingerprint is not used.
using Fingerprint = Strong<struct FingerprintTag, std::uint64_t>;

struct Snapshot {
    Fingerprint fingerprint;
    Version version;    // the state after this event of the stream
    Position position;  // of that event
    std::string state;
};

struct StoredSnapshot {
    std::string stream;
    Snapshot snapshot;
};

}  // namespace sillok
