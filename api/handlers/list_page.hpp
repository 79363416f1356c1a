// Responds to a list request with one page of a read model's rows. A page ends at its limit, or at page_bytes_max.
#pragma once

#include "api/handlers/freshness.hpp"
#include "api/http/json.hpp"
#include "api/http/paging.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "projections/engine/view.hpp"

#include <utility>

namespace sillok::api {

// `render` makes the JSON of one row. REQUIRES: request, rows and freshness outlive the coroutine.
template <class Model, class Render>
ResponseTask list_page(const Request& request, View<Model>& rows, Selection selection, Freshness& freshness,
                       Render render) {
    const auto page = page_request(request);
    if (!page) co_return std::unexpected(page.error());
    const auto seen = co_await freshness.seen(request, rows.seen());
    if (!seen) co_return std::unexpected(seen.error());

    const auto found = rows.page(selection, *page);
    if (!found) co_return std::unexpected(foreign_cursor());
    PageItems items;
    for (const auto& row : found->rows)
        if (!items.add(render(row))) break;
    const bool is_whole = items.count() == found->rows.size();
    auto response = page_response(request, items, is_whole ? found->next_cursor : found->cursors[items.count() - 1]);
    freshness.stamp(response, *seen);
    co_return response;
}

}  // namespace sillok::api
