// The state of one stream's aggregate at one version: a shortcut past its first events, never the truth.
#pragma once

#include "eventstore/event.hpp"

#include <cstdint>
#include <string>

namespace sillok {

// Names what the bytes of a snapshot mean: the state's schema and the version of evolve that made it.
// A snapshot with another fingerprint is not used.
using Fingerprint = Strong<struct FingerprintTag, std::uint64_t>;

struct Snapshot {
    Fingerprint fingerprint;
    Version version;    // the state is that after this event of the stream
    Position position;  // of that event
    std::string state;
};

struct StoredSnapshot {
    std::string stream;
    Snapshot snapshot;
};

}  // namespace sillok
