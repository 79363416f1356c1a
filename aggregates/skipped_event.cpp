#include "aggregates/skipped_event.hpp"

#include "aggregates/codec/event_codec.hpp"

#include <utility>
#include <variant>

namespace sillok {
namespace {

constexpr std::string_view every_skip_tag = "skip";                             // stored
std::string tag_of(const Uuid& event_id) { return "skip:" + event_id.text(); }  // stored

}  // namespace

std::vector<std::string> EventSkipped::tags() const { return {std::string{every_skip_tag}, tag_of(event_id)}; }

std::optional<EventSkipped> skip_in(const Recorded& recorded) {
    if (!is_skip(recorded)) return std::nullopt;
    auto event = decode<std::variant<EventSkipped>>(recorded);
    if (!event) return std::nullopt;
    return std::get<EventSkipped>(*std::move(event));
}

std::optional<Position> skip_of(const EventStore& store, const Recorded& recorded) {
    std::optional<Position> found;
    store.storage().scan_tag(tag_of(recorded.event_id), Position{1}, [&](std::string_view, Position at, auto) {
        found = at;
        return false;
    });
    return found;
}

std::unordered_set<Uuid> skipped_events(const EventStore& store) {
    std::vector<Position> decisions;
    store.storage().scan_tag(every_skip_tag, Position{1}, [&](std::string_view, Position at, auto) {
        decisions.push_back(at);
        return true;
    });
    std::unordered_set<Uuid> skipped;
    for (const auto at : decisions)
        for (const auto& recorded : store.read_log(Position{at.value - 1}, 1))
            if (const auto skip = skip_in(recorded)) skipped.insert(skip->event_id);
    return skipped;
}

}  // namespace sillok
