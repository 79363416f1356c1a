#include "api/handlers/log_pages.hpp"

#include "aggregates/codec/event_json.hpp"
#include "api/http/json.hpp"
#include "api/http/paging.hpp"
#include "eventstore/base/parse_number.hpp"
#include "eventstore/stream_name.hpp"

#include <algorithm>
#include <string>

namespace sillok::api {

namespace {

constexpr std::size_t events_scanned_max = 5'000;
constexpr std::size_t events_read_at_once = 100;

struct Filter {
    std::optional<std::string_view> category;
    std::optional<std::string_view> type;

    [[nodiscard]] bool takes(const Recorded& event) const {
        return (!category || category_of(event.stream) == *category) && (!type || event.type == *type);
    }
    // Cursors are bound to it.
    [[nodiscard]] std::string list() const {
        std::string name = "events";
        for (const auto& part : {category, type}) (name += '\0') += part.value_or("");
        return name;
    }
};

// A newer Sillok may have written categories and types that this one does not know, so any word can be asked for.
std::expected<Filter, Problem> filter_of(const Request& request) {
    for (const auto* name : {"category", "type"})
        if (request.parameter(name) == "") return std::unexpected(invalid_parameter(name, "must not be empty"));
    return Filter{request.parameter("category"), request.parameter("type")};
}

// The position after which the page begins: the cursor, or `after` on the first page.
std::expected<Position, Problem> start_of(const Request& request, const PageRequest& page, const Filter& filter) {
    const auto after = request.parameter("after");
    if (after && !page.cursor.empty())
        return std::unexpected(invalid_parameter("after", "must not be given with cursor, which is a position, too"));
    if (!page.cursor.empty()) return position_in(filter.list(), page.cursor);
    const auto number = parse_number<std::uint64_t>(after.value_or("0"));
    if (!number) return std::unexpected(invalid_parameter("after", "must be a position"));
    return Position{*number};
}

}  // namespace

ResponseTask LogPages::list(const Request& request) {
    const auto page = page_request(request);
    if (!page) co_return std::unexpected(page.error());
    const auto filter = filter_of(request);
    if (!filter) co_return std::unexpected(filter.error());
    const auto start = start_of(request, *page, *filter);
    if (!start) co_return std::unexpected(start.error());
    const auto seen = co_await freshness_.log_seen(request);
    if (!seen) co_return std::unexpected(seen.error());
    if (const auto known = request.log->check(*start, store_.head()); !known) co_return std::unexpected(known.error());

    PageItems items;
    auto after = *start;
    bool is_full = false;
    for (std::size_t scanned = 0; scanned < events_scanned_max && !is_full;) {
        const auto batch = store_.read_log(after, std::min(events_read_at_once, events_scanned_max - scanned));
        if (batch.empty()) break;
        for (const auto& event : batch) {
            is_full = items.count() == page->limit || (filter->takes(event) && !items.add(Json(event_json(event))));
            if (is_full) break;
            after = event.position;
            ++scanned;
        }
    }
    const bool more = after < store_.head();
    auto response = page_response(request, items, more ? position_cursor(filter->list(), after) : "");
    freshness_.stamp(response, *seen);
    co_return response;
}

}  // namespace sillok::api
