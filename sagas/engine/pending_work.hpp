// The work that the log shows as unfinished: triggers that no journal has answered, and intents without a final
// outcome. It is what continues after a restart: saga_runtime.cpp resumes it (resume_pending()).
//
// Fed with every event of the log in order. Only durable events can be read, so all of it survives a crash.
// Pure; no I/O.
// Memory: in proportion to the unfinished work, not to the number of sagas.
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/event.hpp"
#include "eventstore/position.hpp"

#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sillok::saga {

struct Definition;
struct Manager;

struct StreamHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view stream) const noexcept { return std::hash<std::string_view>{}(stream); }
};
template <class Value>
using ByStream = std::unordered_map<std::string, Value, StreamHash, std::equal_to<>>;
using Streams = std::unordered_set<std::string, StreamHash, std::equal_to<>>;

struct PendingWork {    // stored in the sagas' checkpoint
    Position position;  // every event up to here has been applied
    Hash chain_hash{};  // of the event at `position`: identifies the log

    ByStream<std::vector<Position>> unanswered;  // triggers by journal, in order
    Streams open;                                // journals with an intent without a final outcome
    Streams parked;
    Streams listening;             // live journals whose saga waits for an event in another saga's journal
    std::uint64_t live = 0;        // journals started and not ended
    std::uint64_t unreadable = 0;  // journal events that this program cannot read

    // REQUIRES: the event is the one after `position`; the managers are always the same.
    void apply(const Recorded& recorded, std::span<const Manager> managers);

    // What a journal says that could not be read when it was applied. REQUIRES: it is in `parked`.
    void settle(const std::string& stream, bool has_open_intent, bool is_parked, bool has_ended);

    // Whether the journal must answer this trigger, if only by ignoring it. A saga that waits for events of other sagas
    // answers the event that starts it, and others while it lives.
    [[nodiscard]] bool listens(const Definition& definition, const Recorded& recorded, std::string_view stream) const;

    friend bool operator==(const PendingWork&, const PendingWork&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("position", self.position);
        visit("chainHash", self.chain_hash);
        visit("unanswered", self.unanswered);
        visit("open", self.open);
        visit("parked", self.parked);
        visit("cancelling", self.listening);
        visit("live", self.live);
        visit("unreadable", self.unreadable);
    }
};

}  // namespace sillok::saga
