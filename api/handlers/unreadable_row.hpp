// What a resource shows when its read model could not follow it: the event at which its row stands still, and the
// events that are left out of it.
#pragma once

#include "aggregates/unreadable_event.hpp"
#include "api/http/json.hpp"
#include "api/http/problem.hpp"
#include "projections/engine/view.hpp"

#include <optional>
#include <string_view>
#include <utility>

namespace sillok::api {

template <class Model>
std::optional<UnreadableEvent> unreadable_event(const View<Model>& rows, std::string_view key) {
    auto parked = rows.parked_at(key);
    if (!parked) return std::nullopt;
    return UnreadableEvent{parked->position, std::move(parked->stream), std::move(parked->type),
                           std::move(parked->reason)};
}

// Adds to the JSON of a row that shows what was before the event: the event. Adds the events that are left out of the
// row, because an operator has skipped them. Nothing while all is well.
template <class Model>
Json marked_if_behind(Json row, const View<Model>& rows, std::string_view key) {
    if (auto event = unreadable_event(rows, key))
        row["unreadableEvent"] = {{"position", event->position.value},
                                  {"stream", std::move(event->stream)},
                                  {"type", std::move(event->type)},
                                  {"reason", std::move(event->what)}};
    for (auto& skipped : rows.skipped(key))
        row["skippedEvents"].push_back({{"position", skipped.position.value},
                                        {"stream", std::move(skipped.stream)},
                                        {"type", std::move(skipped.type)},
                                        {"reason", std::move(skipped.reason)}});
    return row;
}

// The problem with a row that is not there: its first event may be the one that cannot be read.
template <class Model>
Problem missing_row(const View<Model>& rows, std::string_view key, Problem otherwise) {
    if (const auto event = unreadable_event(rows, key)) return problem_of(*event);
    return otherwise;
}

}  // namespace sillok::api
