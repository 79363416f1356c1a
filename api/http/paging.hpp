// Pages of lists: ?cursor=&limit=, and a link to the next page that keeps the rest of the query. Cursors of read models
// are made in projections/engine/cursor.hpp; what goes out also says of which log and epoch it is (log_stamp.hpp).
#pragma once

#include "api/http/json.hpp"
#include "api/http/page_items.hpp"
#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "projections/engine/index.hpp"

#include <cstddef>
#include <expected>
#include <string>
#include <string_view>

namespace sillok::api {

constexpr std::size_t page_limit_max = 500;
constexpr std::size_t page_limit_default = 50;  // a longer page is heavy work (heavy_work.hpp)

std::expected<PageRequest, Problem> page_request(const Request& request);

// The cursor of a list that is read from the log itself: a position, bound to the list (its name and what it is of).
std::string position_cursor(std::string_view list, Position last);
std::expected<Position, Problem> position_in(std::string_view list, std::string_view cursor);

// {"items": [...], "_links": {"self", "next"}}, and Link: <...>; rel="next" if there is a next page.
Response page_response(const Request& request, const PageItems& items, std::string_view next_cursor);
Response page_response(const Request& request, const Json& items);  // the whole list

Problem invalid_parameter(std::string_view name, std::string_view what);
Problem foreign_cursor();

}  // namespace sillok::api
