// What the log says the sagas still owe: triggers that no journal has answered, and intents without a final outcome.
//
// Fed with every event of the log in order, it holds exactly what would have to be done if the process died now
// and came back: all of it is durable, for only durable events can be read. Pure; no I/O.
// Memory: in proportion to what is outstanding, not to the number of sagas.
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/event.hpp"
#include "eventstore/position.hpp"

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

namespace sillok::saga {

struct StreamHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view stream) const noexcept { return std::hash<std::string_view>{}(stream); }
};
template <class Value>
using ByStream = std::unordered_map<std::string, Value, StreamHash, std::equal_to<>>;
using Streams = std::unordered_set<std::string, StreamHash, std::equal_to<>>;

struct PendingWork {
    Position position;  // everything up to here has been taken in
    Hash chain_hash{};  // of the event there: says which log this is about

    ByStream<std::vector<Position>> unanswered;  // triggers by journal, in order
    Streams open;                                // journals with an intent without a final outcome
    Streams parked;
    Streams cancelling;            // cancellations that live: only they listen to what fulfilment says
    std::uint64_t live = 0;        // journals started and not ended
    std::uint64_t unreadable = 0;  // journal events that this program cannot read

    void take_in(const Recorded& recorded);

    // Whether a trigger of the given journal must be answered. What a saga says about itself concerns another one
    // only while that one lives; every other trigger is answered, if only by ignoring it.
    [[nodiscard]] bool listens(const Recorded& recorded, std::string_view stream) const;

    friend bool operator==(const PendingWork&, const PendingWork&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("position", self.position);
        visit("chainHash", self.chain_hash);
        visit("unanswered", self.unanswered);
        visit("open", self.open);
        visit("parked", self.parked);
        visit("cancelling", self.cancelling);
        visit("live", self.live);
        visit("unreadable", self.unreadable);
    }
};

}  // namespace sillok::saga
