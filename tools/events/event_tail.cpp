#include "tools/events/event_tail.hpp"

#include "tools/commands/subcommand.hpp"
#include "tools/http_client.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iterator>
#include <limits>
#include <string>
#include <thread>
#include <utility>

namespace sillok {

namespace {

using Json = nlohmann::json;
using Events = std::vector<Json>;

constexpr std::chrono::milliseconds poll_pause{200};
constexpr std::size_t newest_default = 10;
constexpr std::uint64_t window_events = 500;

// The next events for a follower. While the server does not answer it waits, and says so once.
EventPage page_when_served(EventSource& from, std::uint64_t position, const EventNarrowing& only) {
    for (WaitingRemark remark;; std::this_thread::sleep_for(poll_pause)) {
        try {
            auto page = from.after(position, page_events_max, only);
            remark.answered(fmt::format(": going on after position {}", position));
            return page;
        } catch (const NoAnswer& error) {
            remark.waits(error.what());
        } catch (const NotReachable& error) {
            remark.waits(error.what());
        }
    }
}

// What the selection takes of the events after `begin`, up to `end`.
Events taken_between(EventSource& from, std::uint64_t begin, std::uint64_t end, const EventSelection& selection) {
    Events taken;
    for (auto position = begin; position < end;) {
        auto page = from.after(position, page_events_max, selection.narrowing());
        for (auto& event : page.events)
            if (event.at("position").get<std::uint64_t>() <= end && selection.takes(event))
                taken.push_back(std::move(event));
        if (page.seen == position) break;
        position = page.seen;
    }
    return taken;
}

}  // namespace

std::uint64_t position_before(EventSource& from, Timestamp since) {
    std::uint64_t older = 0;  // everything up to here is older
    for (auto end = from.head(); older < end;) {
        const auto middle = older + (end - older) / 2;
        const auto page = from.after(middle, 1, {});
        if (page.events.empty() || is_since(page.events.front(), since))
            end = middle;
        else
            older = middle + 1;
    }
    return older;
}

Events newest_events(EventSource& from, std::uint64_t head, std::size_t limit, const EventSelection& selection) {
    const auto narrowing = selection.narrowing();
    // A source that leaves out the others looks at more events for one page.
    const bool is_narrow = !narrowing.category.empty() || !narrowing.type.empty();
    const auto window = is_narrow ? 10 * window_events : window_events;
    Events newest;
    for (auto end = head; end > 0 && newest.size() < limit;) {
        const auto begin =
            end - std::min(end, selection.is_everything() ? std::min(window, limit - newest.size()) : window);
        auto taken = taken_between(from, begin, end, selection);
        taken.insert(taken.end(), std::make_move_iterator(newest.begin()), std::make_move_iterator(newest.end()));
        newest = std::move(taken);
        end = begin;
    }
    if (newest.size() > limit) newest.erase(newest.begin(), newest.end() - static_cast<std::ptrdiff_t>(limit));
    return newest;
}

std::size_t tail(EventSource& from, const EventSelection& selection, const TailRequest& request,
                 const std::function<void(const Json&)>& show, const std::function<void()>& shown) {
    std::size_t count = 0;
    const auto head = from.head();
    auto position = request.after.value_or(head);
    auto left = request.limit.value_or(std::numeric_limits<std::size_t>::max());
    if (!request.after) {
        for (const auto& event : newest_events(from, head, request.limit.value_or(newest_default), selection)) {
            show(event);
            ++count;
        }
        shown();
        left = 0;
    }
    while (request.follow || left > 0) {
        const auto only = selection.narrowing();
        const auto limit =
            selection.is_everything() && !request.follow ? std::min(left, page_events_max) : page_events_max;
        const auto page = request.follow ? page_when_served(from, position, only) : from.after(position, limit, only);
        for (const auto& event : page.events) {
            if (!selection.takes(event) || (left == 0 && !request.follow)) continue;
            show(event);
            ++count;
            left -= std::min<std::size_t>(left, 1);
        }
        const bool at_end = page.seen == position;
        position = page.seen;
        shown();
        if (at_end && !request.follow) break;
        if (at_end) std::this_thread::sleep_for(poll_pause);
    }
    return count;
}

}  // namespace sillok
