#include "sagas/engine/pending_items.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <cstddef>

namespace sillok::saga {
namespace {

constexpr std::size_t events_read_back = 512;

}  // namespace

std::vector<PendingItem> pending_items(const PendingWork& known) {
    std::vector<PendingItem> items;
    for (const auto& [stream, positions] : known.unanswered)
        for (const auto position : positions) items.push_back({position, stream});
    std::ranges::sort(items, {}, &PendingItem::trigger);
    const auto triggers = items.size();
    for (const auto& stream : known.open) items.push_back({Position{}, stream});
    for (const auto& stream : known.parked)
        if (!known.open.contains(stream)) items.push_back({Position{}, stream});
    std::ranges::sort(items.begin() + static_cast<std::ptrdiff_t>(triggers), items.end(), {}, &PendingItem::stream);
    if (!items.empty())
        spdlog::info("sagas resume: {} events to answer, {} intents to carry out", triggers, items.size() - triggers);
    return items;
}

Position last_journal_event(const EventStore& store, Position after, std::span<const Manager> managers) {
    for (auto at = store.head(); at > after;) {
        const auto batch = store.read_log_back(at, events_read_back);
        if (batch.empty()) break;
        for (const auto& recorded : batch) {
            if (recorded.position <= after) return after;
            if (manager_of(recorded.stream, managers) != nullptr) return recorded.position;
        }
        at = Position{batch.back().position.value - 1};
    }
    return after;
}

}  // namespace sillok::saga
