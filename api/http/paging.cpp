#include "api/http/paging.hpp"

#include "api/http/links.hpp"
#include "eventstore/base/parse_number.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace sillok::api {

namespace {

// A '+' must be encoded, too: in a query it means a space.
std::string encoded(std::string_view text) {
    return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
}

std::string target_with_cursor(const Request& request, std::string_view cursor) {
    std::string next = request.path + '?';
    for (const auto& [name, value] : request.query)
        if (name != "cursor") next += encoded(name) + '=' + encoded(value) + '&';
    return next + "cursor=" + encoded(cursor);
}

}  // namespace

Problem invalid_parameter(std::string_view name, std::string_view what) {
    return Problem{problems::invalid_parameter, std::string{name} + ": " + std::string{what}};
}

std::expected<PageRequest, Problem> page_request(const Request& request) {
    PageRequest page{.cursor = std::string{request.parameter("cursor").value_or("")}, .limit = page_limit_default};
    if (const auto text = request.parameter("limit")) {
        const auto limit = parse_number<std::uint64_t>(*text);
        if (!limit || *limit < 1 || *limit > page_limit_max)
            return std::unexpected(invalid_parameter("limit", "must be 1 to " + std::to_string(page_limit_max)));
        page.limit = *limit;
    }
    return page;
}

Response page_response(const Request& request, Json items, std::string_view next_cursor) {
    Json body{{"items", std::move(items)}, {"_links", {{"self", link(request.target)}}}};
    if (next_cursor.empty()) return json_response(200, body);
    const auto next = target_with_cursor(request, next_cursor);
    body["_links"]["next"] = link(next);
    return json_response(200, body).with("Link", '<' + next + ">; rel=\"next\"");
}

}  // namespace sillok::api
