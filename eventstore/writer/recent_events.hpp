// The newest groups of the log in memory, bounded in bytes. Subscriptions that keep up read from here.
//
// Threads: any thread may call any member.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "eventstore/event.hpp"
#include "eventstore/event_batch.hpp"
#include "eventstore/writer/sealer.hpp"

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>

namespace sillok {

class RecentEvents {
   public:
    explicit RecentEvents(std::size_t bytes_max) : bytes_max_(bytes_max) {}

    // REQUIRES: the group has events, and they follow the last group's.
    void push(std::shared_ptr<const SealedGroup> group);

    // The events after a position, up to the end of their group. Returns nothing when they are no longer kept.
    // REQUIRES: there is a durable event after `after`.
    [[nodiscard]] std::optional<EventBatch> after(Position after, std::size_t limit) const;

   private:
    static std::size_t bytes(const SealedGroup& group) {
        return group.records.capacity() + group.events.capacity() * sizeof(Recorded);
    }

    const std::size_t bytes_max_;
    mutable Mutex mutex_;
    std::deque<std::shared_ptr<const SealedGroup>> groups_ SILLOK_GUARDED_BY(mutex_);
    std::size_t bytes_ SILLOK_GUARDED_BY(mutex_) = 0;
};

}  // namespace sillok
