// Events in order, and the memory that they point into. Cheap to copy: copies share the memory.
#pragma once

#include "eventstore/event.hpp"

#include <cstddef>
#include <memory>
#include <span>
#include <utility>

namespace sillok {

class EventBatch {
   public:
    EventBatch() = default;
    EventBatch(std::shared_ptr<const void> owner, std::span<const Recorded> events)
        : owner_(std::move(owner)), events_(events) {}

    [[nodiscard]] bool empty() const { return events_.empty(); }
    [[nodiscard]] std::size_t size() const { return events_.size(); }
    [[nodiscard]] auto begin() const { return events_.begin(); }
    [[nodiscard]] auto end() const { return events_.end(); }
    [[nodiscard]] const Recorded& front() const { return events_.front(); }
    [[nodiscard]] const Recorded& back() const { return events_.back(); }
    [[nodiscard]] const Recorded& operator[](std::size_t index) const { return events_[index]; }
    // `count` events from index `from` on, in the same memory.
    [[nodiscard]] EventBatch part(std::size_t from, std::size_t count) const {
        return {owner_, events_.subspan(from, count)};
    }

   private:
    std::shared_ptr<const void> owner_;
    std::span<const Recorded> events_;
};

}  // namespace sillok
