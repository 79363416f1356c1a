// Checks whether this program would have written a journal. Run it before a changed definition is deployed: a saga that
// an older program has begun must mean the same to the new one, down to the ids of its commands.
//
// Pure. Events with a cause outside the saga (triggers, outcomes, operators) are taken as given. The saga's own events
// must be what advance() says at that point. Deadlines and retry times may differ: a policy decides them. The journal
// does not show whether the provider's breaker was open, so either decision is accepted. So are the keys that older
// programs gave to provider calls.
#pragma once

#include "eventstore/base/timestamp.hpp"
#include "eventstore/position.hpp"
#include "sagas/engine/process_manager.hpp"

#include <optional>
#include <span>
#include <string>

namespace sillok::saga {

struct JournalEntry {
    Event event;
    Timestamp time;    // of its commit
    Uuid key_space{};  // of the log and the epoch in which it was written; nil: not known
};

struct Divergence {
    Version version;       // of the journal event that this program would not have written
    std::string recorded;  // in a few words, for people
    std::string expected;
    friend bool operator==(const Divergence&, const Divergence&) = default;
};

// Returns the first divergence, if any.
std::optional<Divergence> divergence_of(const Manager& manager, std::span<const JournalEntry> journal);

}  // namespace sillok::saga
