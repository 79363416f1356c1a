// Which consumer of a group holds which streams, and until when.
//
// A consumer's lease begins when it gets its first stream, and covers all streams that it holds. It ends when it was
// not renewed in time; the consumer then holds nothing.
//
// Pure:    the time is an argument.
// Threads: one at a time.
#pragma once

#include "eventstore/base/strong.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <vector>

namespace sillok {

using ConsumerNumber = Strong<struct ConsumerNumberTag, std::uint64_t>;
// A stream that has events in the group's window (read_window.hpp).
using StreamSlot = Strong<struct StreamSlotTag, std::uint64_t>;

class LeaseTable {
   public:
    using TimePoint = std::chrono::steady_clock::time_point;
    using Streams = std::set<StreamSlot>;

    explicit LeaseTable(std::chrono::milliseconds length) : length_(length) {}

    ConsumerNumber join() {
        consumers_.emplace(next_, Consumer{});
        return ConsumerNumber{next_.value++};
    }
    // Returns the streams that the consumer held.
    Streams leave(ConsumerNumber consumer);

    // REQUIRES: no consumer holds the stream.
    void hold(ConsumerNumber consumer, StreamSlot stream, TimePoint now);
    void release(ConsumerNumber consumer, StreamSlot stream) { consumers_.at(consumer).streams.erase(stream); }
    // The lease begins again; false when the consumer holds nothing.
    bool renew(ConsumerNumber consumer, TimePoint now);

    // Ends the leases that have run out; returns their streams.
    std::vector<StreamSlot> end_expired(TimePoint now);
    // When the next lease runs out; nothing where no stream is held.
    [[nodiscard]] std::optional<TimePoint> next_end() const;

    [[nodiscard]] const Streams& held_by(ConsumerNumber consumer) const { return consumers_.at(consumer).streams; }
    [[nodiscard]] bool holds(ConsumerNumber consumer, StreamSlot stream) const {
        return held_by(consumer).contains(stream);
    }

   private:
    struct Consumer {
        Streams streams{};
        TimePoint end{};  // of the lease; meaningless while no stream is held
    };

    const std::chrono::milliseconds length_;
    std::map<ConsumerNumber, Consumer> consumers_;
    ConsumerNumber next_{1};
};

}  // namespace sillok
