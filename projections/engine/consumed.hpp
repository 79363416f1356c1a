// The events that a read model has consumed: how far, how many, and a hash over all of them in their order. The log
// gives the same three for any position. So a read model can prove that it skipped no event, took none twice and read
// this log and no other.
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
class LogStorage;

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

// Stored with a read model's rows, in the same write.
struct ProjectionCheckpoint {
    Consumed consumed;
    Hash fold{};  // over the whole blocks; the events after it are read from the log again

    friend bool operator==(const ProjectionCheckpoint&, const ProjectionCheckpoint&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("consumed", self.consumed);
        visit("fold", self.fold);
    }
};

// Threads: one at a time.
class ConsumedChain {
   public:
    ConsumedChain() = default;  // before the first event

    // Continues after a checkpoint. The error says why the checkpoint does not fit this log.
    static std::expected<ConsumedChain, std::string> resume(const ProjectionCheckpoint& checkpoint,
                                                            const EventStore& log);
    static std::expected<ConsumedChain, std::string> resume(const ProjectionCheckpoint& checkpoint,
                                                            const LogStorage& log);

    void add(const Recorded& event);
    [[nodiscard]] Position position() const { return position_; }
    [[nodiscard]] ProjectionCheckpoint checkpoint() const;

   private:
    Position position_;
    std::uint64_t events_ = 0;
    Hash fold_{};
    std::string block_;  // of the events after fold_: 1-64 of them, none before the first event
};

}  // namespace sillok
