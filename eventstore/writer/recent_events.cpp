#include "eventstore/writer/recent_events.hpp"

#include "eventstore/event_batch.hpp"

#include <algorithm>

namespace sillok {

void RecentEvents::push(std::shared_ptr<const SealedGroup> group) {
    const MutexLock lock{mutex_};
    bytes_ += bytes(*group);
    groups_.push_back(std::move(group));
    while (bytes_ > bytes_max_ && groups_.size() > 1) {
        bytes_ -= bytes(*groups_.front());
        groups_.pop_front();
    }
}

std::optional<EventBatch> RecentEvents::after(Position after, std::size_t limit) const {
    const auto wanted = next(after);
    std::shared_ptr<const SealedGroup> group;
    {
        const MutexLock lock{mutex_};
        const auto last_position = [](const auto& each) { return each->events.back().position; };
        const auto found = std::ranges::lower_bound(groups_, wanted, {}, last_position);
        if (found == groups_.end()) return std::nullopt;
        group = *found;
    }
    const auto first = group->events.front().position;
    if (wanted < first) return std::nullopt;
    const auto from = static_cast<std::size_t>(wanted.value - first.value);
    const auto count = std::min(limit, group->events.size() - from);
    return EventBatch{group, std::span{group->events}.subspan(from, count)};
}

}  // namespace sillok
