// Would this program have written the journal that it finds? Asked before a changed definition is deployed: a saga
// that an older program has begun must mean the same to the new one, down to the ids of its commands.
//
// Pure. What came from outside (triggers, answers, operators) is taken as it stands; what the saga said of itself must
// be what next() says at that point. Deadlines and times of retries may differ: they follow from a policy. Whether the
// payment provider was being spared at the time is nowhere recorded: what would have been said in either case counts.
#pragma once

#include "eventstore/base/clock.hpp"
#include "eventstore/position.hpp"
#include "sagas/engine/process_manager.hpp"

#include <optional>
#include <span>
#include <string>

namespace sillok::saga {

struct JournalEntry {
    Event event;
    Timestamp time;  // of its commit
};

struct Divergence {
    Version version;       // of the journal's event that this program would not have written
    std::string recorded;  // in a few words, for people
    std::string expected;
    friend bool operator==(const Divergence&, const Divergence&) = default;
};

// The first divergence, if any.
std::optional<Divergence> divergence_of(const Manager& manager, std::span<const JournalEntry> journal);

}  // namespace sillok::saga
