#include "eventstore/consumers/read_window.hpp"

namespace sillok {

void ReadWindow::admit(const Recorded& event) {
    const auto [slot, is_new] = slots_.try_emplace(std::string{event.stream}, next_);
    if (is_new) {
        streams_.emplace(next_, Stream{.name = std::string{event.stream}});
        ++next_.value;
    }
    auto& stream = streams_.at(slot->second);
    open_.emplace_hint(open_.end(), event.position, slot->second);
    const bool was_empty = stream.waiting.empty() && stream.in_hand.empty();
    stream.waiting.push_back({event.position, event.payload.size()});
    if (was_empty) free_.push_back(slot->second);
}

std::optional<Position> ReadWindow::first() const {
    if (open_.empty()) return std::nullopt;
    return open_.begin()->first;
}

std::vector<Position> ReadWindow::positions_up_to(Position position) const {
    std::vector<Position> positions;
    const auto end = open_.upper_bound(position);
    for (auto it = open_.begin(); it != end; ++it) positions.push_back(it->first);
    return positions;
}

std::optional<StreamSlot> ReadWindow::stream_of(Position position) const {
    const auto found = open_.find(position);
    if (found == open_.end()) return std::nullopt;
    return found->second;
}

std::optional<StreamSlot> ReadWindow::first_free() const {
    if (free_.empty()) return std::nullopt;
    return free_.front();
}

bool ReadWindow::hand_out(StreamSlot slot, Batch& batch) {
    auto& stream = streams_.at(slot);
    const bool was_free = stream.in_hand.empty();
    while (!stream.waiting.empty() && batch.positions.size() < batch.events_max) {
        const auto next = stream.waiting.front();
        if (!batch.positions.empty() && batch.bytes + next.bytes > batch.bytes_max) break;
        batch.bytes += next.bytes;
        batch.positions.push_back(next.position);
        stream.in_hand.push_back(next);
        stream.waiting.pop_front();
    }
    if (stream.in_hand.empty()) return false;
    if (was_free) free_.pop_front();
    return true;
}

std::size_t ReadWindow::acknowledge(Position position) {
    const auto slot = open_.at(position);
    auto& stream = streams_.at(slot);
    if (stream.in_hand.empty() || stream.in_hand.back().position < position) return 0;
    std::size_t count = 0;
    for (; !stream.in_hand.empty() && stream.in_hand.front().position <= position; ++count) {
        open_.erase(stream.in_hand.front().position);
        stream.in_hand.pop_front();
    }
    if (stream.in_hand.empty()) set_free(slot, stream);
    return count;
}

bool ReadWindow::is_in_hand(StreamSlot slot) const {
    const auto found = streams_.find(slot);
    return found != streams_.end() && !found->second.in_hand.empty();
}

void ReadWindow::give_back(StreamSlot slot) {
    auto& stream = streams_.at(slot);
    stream.waiting.insert(stream.waiting.begin(), stream.in_hand.begin(), stream.in_hand.end());
    stream.in_hand.clear();
    set_free(slot, stream);
}

// It waits for the next consumer, or is forgotten when it has nothing for one.
void ReadWindow::set_free(StreamSlot slot, Stream& stream) {
    if (!stream.waiting.empty()) {
        free_.push_back(slot);
        return;
    }
    slots_.erase(stream.name);
    streams_.erase(slot);
}

}  // namespace sillok
