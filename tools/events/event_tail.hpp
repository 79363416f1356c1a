// `sillok events tail`: the newest events of a log, or those from a place on, and then what comes after them.
#pragma once

#include "tools/event_source.hpp"
#include "tools/events/event_selection.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <vector>

namespace sillok {

// The position before the first event that is not older than `since`; the head if there is none.
std::uint64_t position_before(EventSource& from, Timestamp since);

// The newest events up to `head` that the selection takes, oldest first.
std::vector<nlohmann::json> newest_events(EventSource& from, std::uint64_t head, std::size_t limit,
                                          const EventSelection& selection);

struct TailRequest {
    std::optional<std::uint64_t> after{};  // begin there; nothing: near the end
    std::optional<std::size_t> limit{};    // of what is shown before following; 10 near the end, otherwise all
    bool follow = false;                   // does not return then
};
// Shows the events in the order of the log and returns how many. `shown` is called after each page.
std::size_t tail(EventSource& from, const EventSelection& selection, const TailRequest& request,
                 const std::function<void(const nlohmann::json&)>& show, const std::function<void()>& shown);

}  // namespace sillok
