// What a resource shows when its read model could not follow it: the event at which its row stands still, and the
// events that are left out of it.
#pragma once

#include "aggregates/unreadable_event.hpp"
#include "api/http/json.hpp"
#include "api/http/problem.hpp"
#include "eventstore/stream_name.hpp"
#include "projections/engine/view.hpp"

#include <optional>
#include <string>
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

// Which aggregate a command link of a resource leads to.
struct CommandLink {
    std::string_view name;
    std::string_view category;
};
inline constexpr CommandLink command_links[] = {
    {"revise", "product"}, {"discontinue", "product"}, {"receiveStock", "stock"}, {"adjustStock", "stock"},
    {"start", "delivery"}, {"complete", "delivery"},   {"return", "delivery"},    {"cancel", "order"},
};

// Commands to an aggregate that cannot be followed are refused, so they are not offered.
inline void remove_refused_links(Json& row, std::string_view stream) {
    const auto links = row.find("_links");
    if (links == row.end()) return;
    for (const auto& link : command_links)
        if (link.category == category_of(stream)) links->erase(std::string{link.name});
}

// Adds to the JSON of a row that shows what was before the event: the event. Adds the events that are left out of the
// row, because an operator has skipped them. Nothing while all is well.
template <class Model>
Json marked_if_behind(Json row, const View<Model>& rows, std::string_view key) {
    if (auto event = unreadable_event(rows, key)) {
        remove_refused_links(row, event->stream);
        row["unreadableEvent"] = {{"position", event->position.value},
                                  {"stream", std::move(event->stream)},
                                  {"type", std::move(event->type)},
                                  {"reason", std::move(event->what)}};
    }
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
