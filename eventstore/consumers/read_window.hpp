// The events that a consumer group has read and nobody has acknowledged, by stream.
//
// Order:   a stream's events are handed out in their order, and the stream is in one consumer's hands until all events
//          handed out are acknowledged or given back. Free streams wait in a queue: the one that waits longest is
//          first.
// Memory:  positions and sizes only; consumers read the events again.
// Pure.    Threads: one at a time.
#pragma once

#include "eventstore/consumers/lease_table.hpp"
#include "eventstore/event.hpp"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

namespace sillok {

class ReadWindow {
   public:
    // What one consumer gets at once. Its first event may be larger than bytes_max.
    struct Batch {
        std::size_t events_max;
        std::size_t bytes_max;
        std::vector<Position> positions{};
        std::size_t bytes = 0;
    };

    // REQUIRES: the event comes after all those admitted before.
    void admit(const Recorded& event);

    [[nodiscard]] std::size_t size() const { return open_.size(); }
    // The first event that is not acknowledged; nothing where there is none.
    [[nodiscard]] std::optional<Position> first() const;
    // Those up to a position, ascending.
    [[nodiscard]] std::vector<Position> positions_up_to(Position position) const;
    // The stream of an event in the window.
    [[nodiscard]] std::optional<StreamSlot> stream_of(Position position) const;

    // The free stream that has waited longest.
    [[nodiscard]] std::optional<StreamSlot> first_free() const;
    // Hands out the stream's next events as far as they fit into the batch. A free stream is free no longer when at
    // least one did: then this returns true. REQUIRES: the stream is first_free(), or is in hand.
    bool hand_out(StreamSlot stream, Batch& batch);
    // Removes the events of its stream up to this one; returns their number, 0 if it was not handed out. The stream
    // is free again when nothing of it is in hand. REQUIRES: stream_of(position).
    std::size_t acknowledge(Position position);
    [[nodiscard]] bool is_in_hand(StreamSlot stream) const;
    // The stream is free again; what was handed out and not acknowledged waits again.
    void give_back(StreamSlot stream);

   private:
    struct Entry {
        Position position;
        std::size_t bytes;
    };
    struct Stream {
        std::string name;
        std::deque<Entry> waiting{};
        std::deque<Entry> in_hand{};  // all of them before those that wait
    };

    void set_free(StreamSlot slot, Stream& stream);

    std::map<Position, StreamSlot> open_;
    std::unordered_map<StreamSlot, Stream> streams_;
    std::unordered_map<std::string, StreamSlot> slots_;  // by name
    std::deque<StreamSlot> free_;
    StreamSlot next_{1};
};

}  // namespace sillok
