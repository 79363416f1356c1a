#include "api/handlers/log_pages.hpp"

#include "aggregates/codec/event_json.hpp"
#include "api/http/json.hpp"
#include "api/http/paging.hpp"
#include "eventstore/base/parse_number.hpp"
#include "eventstore/stream_name.hpp"

#include <algorithm>

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
};

// The position after which the page begins: the cursor, or `after` on the first page.
std::expected<Position, Problem> start_of(const Request& request, const PageRequest& page) {
    const auto name = page.cursor.empty() ? "after" : "cursor";
    const auto text = page.cursor.empty() ? request.parameter("after").value_or("0") : std::string_view{page.cursor};
    const auto number = parse_number<std::uint64_t>(text);
    if (!number) return std::unexpected(invalid_parameter(name, "must be a position"));
    return Position{*number};
}

}  // namespace

ResponseTask LogPages::list(const Request& request) {
    const auto page = page_request(request);
    if (!page) co_return std::unexpected(page.error());
    const auto start = start_of(request, *page);
    if (!start) co_return std::unexpected(start.error());
    const auto seen = co_await freshness_.log_seen(request);
    if (!seen) co_return std::unexpected(seen.error());
    if (const auto known = request.log->check(*start, store_.head()); !known) co_return std::unexpected(known.error());

    const Filter filter{request.parameter("category"), request.parameter("type")};
    PageItems items;
    auto after = *start;
    bool is_full = false;
    for (std::size_t scanned = 0; scanned < events_scanned_max && !is_full;) {
        const auto batch = store_.read_log(after, std::min(events_read_at_once, events_scanned_max - scanned));
        if (batch.empty()) break;
        for (const auto& event : batch) {
            is_full = items.count() == page->limit || (filter.takes(event) && !items.add(Json(event_json(event))));
            if (is_full) break;
            after = event.position;
            ++scanned;
        }
    }
    const bool more = after < store_.head();
    auto response = page_response(request, items, more ? std::to_string(after.value) : "");
    freshness_.stamp(response, *seen);
    co_return response;
}

}  // namespace sillok::api
