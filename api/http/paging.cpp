#include "api/http/paging.hpp"

#include "api/http/echo.hpp"
#include "api/http/links.hpp"
#include "eventstore/base/base64.hpp"
#include "eventstore/base/byte_order.hpp"
#include "eventstore/base/crc32c.hpp"
#include "eventstore/base/parse_number.hpp"

namespace sillok::api {

namespace {

std::string target_with_cursor(const Request& request, std::string_view cursor) {
    std::string next = request.path + '?';
    for (const auto& [name, value] : request.query)
        if (name != "cursor" && name != "after") next += url_encoded(name) + '=' + url_encoded(value) + '&';
    return next + "cursor=" + url_encoded(cursor);
}

// Sillok's own mark of a list and a position in it. Nobody is to be kept from making one.
std::string check_of(std::string_view list, std::string_view position) {
    std::string all{list};
    all += '\0';
    all += position;
    std::string check(4, '\0');
    put_little_endian(check.data(), crc32c(all));
    return to_base64url(check);
}

}  // namespace

Problem foreign_cursor() { return invalid_parameter("cursor", "is not a cursor of this list"); }

std::string position_cursor(std::string_view list, Position last) {
    const auto position = std::to_string(last.value);
    return position + '-' + check_of(list, position);
}

std::expected<Position, Problem> position_in(std::string_view list, std::string_view cursor) {
    const auto text = cursor.substr(0, cursor.find('-'));
    const auto position = parse_number<std::uint64_t>(text);
    if (!position || cursor.substr(text.size()) != '-' + check_of(list, text)) return std::unexpected(foreign_cursor());
    return Position{*position};
}

Problem invalid_parameter(std::string_view name, std::string_view what) {
    return Problem{problems::invalid_parameter, echoed(name) + ": " + std::string{what}};
}

std::expected<PageRequest, Problem> page_request(const Request& request) {
    PageRequest page{.cursor = {}, .limit = page_limit_default};
    if (const auto text = request.parameter("cursor")) {
        const auto cursor = request.log->cursor_in(*text);
        if (!cursor) return std::unexpected(cursor.error());
        if (!*cursor || (*cursor)->empty()) return std::unexpected(foreign_cursor());
        page.cursor = **cursor;
    }
    if (const auto text = request.parameter("limit")) {
        const auto limit = parse_number<std::uint64_t>(*text);
        if (!limit || *limit < 1 || *limit > page_limit_max)
            return std::unexpected(invalid_parameter("limit", "must be 1 to " + std::to_string(page_limit_max)));
        page.limit = *limit;
    }
    return page;
}

Response page_response(const Request& request, const PageItems& items, std::string_view next_cursor) {
    Json links{{"self", link(request.target)}};
    std::string next;
    if (!next_cursor.empty()) {
        next = target_with_cursor(request, request.log->stamped(next_cursor));
        links["next"] = link(next);
    }
    Response response{.status = 200, .content_type = std::string{content_type::json}};
    response.body = "{\"items\":[";
    response.body += items.text();
    response.body += "],\"_links\":";
    response.body += text_of(links);
    response.body += '}';
    return next.empty() ? std::move(response) : std::move(response).with("Link", '<' + next + ">; rel=\"next\"");
}

Response page_response(const Request& request, const Json& items) {
    PageItems all;
    for (const auto& item : items) all.add(item);
    return page_response(request, all, {});
}

}  // namespace sillok::api
