#include "eventstore/consumers/lease_table.hpp"

#include <algorithm>
#include <utility>

namespace sillok {

LeaseTable::Streams LeaseTable::leave(ConsumerNumber consumer) {
    auto left = consumers_.extract(consumer);
    return std::move(left.mapped().streams);
}

void LeaseTable::hold(ConsumerNumber consumer, StreamSlot stream, TimePoint now) {
    auto& holder = consumers_.at(consumer);
    if (holder.streams.empty()) holder.end = now + length_;
    holder.streams.insert(stream);
}

bool LeaseTable::renew(ConsumerNumber consumer, TimePoint now) {
    auto& holder = consumers_.at(consumer);
    if (holder.streams.empty()) return false;
    holder.end = now + length_;
    return true;
}

std::vector<StreamSlot> LeaseTable::end_expired(TimePoint now) {
    std::vector<StreamSlot> freed;
    for (auto& [number, consumer] : consumers_) {
        if (consumer.streams.empty() || consumer.end > now) continue;
        freed.insert(freed.end(), consumer.streams.begin(), consumer.streams.end());
        consumer.streams.clear();
    }
    return freed;
}

std::optional<LeaseTable::TimePoint> LeaseTable::next_end() const {
    std::optional<TimePoint> first;
    for (const auto& [number, consumer] : consumers_)
        if (!consumer.streams.empty()) first = std::min(first.value_or(consumer.end), consumer.end);
    return first;
}

}  // namespace sillok
