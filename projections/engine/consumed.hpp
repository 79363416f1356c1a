// What a projection has consumed: how far, how many events, and a hash over all of them in their order. The
// log gives the same three for any position, so a projection can prove that it skipped nothing, took nothing
// twice and read this log and no other.
//
// The hash: events are taken in blocks of 64. fold(0) = 32 zero bytes, fold(k) = SHA-256(fold(k-1), block k),
// hash = SHA-256(last fold, the 1-64 events after it), each event as its position (8 bytes, big-endian) and
// its chain hash. One call of SHA-256 per block and per checkpoint costs a tenth of one per event.
#pragma once

#include "eventstore/base/sha256.hpp"
#include "eventstore/event.hpp"

#include <cstdint>
#include <expected>
#include <string>

namespace sillok {

class EventStore;

struct Consumed {  // stored
    Position position;
    std::uint64_t events = 0;
    Hash hash{};

    friend bool operator==(const Consumed&, const Consumed&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("position", self.position);
        visit("events", self.events);
        visit("hash", self.hash);
    }
};

// Stored with a projection's rows, in the same write.
struct Checkpoint {
    Consumed consumed;
    Hash fold{};  // over the whole blocks; the events after it are read from the log again

    friend bool operator==(const Checkpoint&, const Checkpoint&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("consumed", self.consumed);
        visit("fold", self.fold);
    }
};

// Threads: one at a time.
class ConsumedChain {
   public:
    ConsumedChain() = default;  // before the first event

    // Goes on after a checkpoint; the error says why this log cannot be the one that the checkpoint is of.
    static std::expected<ConsumedChain, std::string> resume(const Checkpoint& checkpoint, const EventStore& log);

    void add(const Recorded& event);
    [[nodiscard]] Position position() const { return position_; }
    [[nodiscard]] Checkpoint checkpoint() const;

   private:
    Position position_;
    std::uint64_t events_ = 0;
    Hash fold_{};
    std::string block_;  // of the events after fold_: 1-64 of them, none before the first event
};

}  // namespace sillok
