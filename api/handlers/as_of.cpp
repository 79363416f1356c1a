#include "api/handlers/as_of.hpp"

#include "api/http/paging.hpp"
#include "eventstore/base/parse_number.hpp"
#include "eventstore/base/rfc3339.hpp"

#include <cstdint>
#include <string>

namespace sillok::api {

namespace {

constexpr std::string_view position_mark = "position:";

bool may_be_year(std::string_view text) { return text.size() == 4 && (text[0] == '1' || text[0] == '2'); }

// The '+' of an offset, sent as it is, arrives as a blank: "2026-11-26T15:00:00 09:00".
std::string with_offset(std::string_view text) {
    constexpr std::size_t offset_bytes = 6;
    std::string time{text};
    if (time.size() > offset_bytes && time[time.size() - offset_bytes] == ' ') time[time.size() - offset_bytes] = '+';
    return time;
}

}  // namespace

std::expected<AsOf, Problem> AsOf::parse(std::string_view text) {
    const bool is_marked = text.starts_with(position_mark);
    const auto number = parse_number<std::uint64_t>(is_marked ? text.substr(position_mark.size()) : text);
    if (number && (is_marked || !may_be_year(text))) return AsOf{Position{*number}};
    if (const auto time = parse_rfc3339(with_offset(text))) return AsOf{*time};
    return std::unexpected(invalid_parameter(
        "asOf",
        "must be a position of the log, such as 17, or position:2026 where the number could be a year; or a time with "
        "date, time and offset, such as 2026-11-26T15:00:00Z"));
}

bool AsOf::includes(const Recorded& event) const {
    if (const auto* position = std::get_if<Position>(&when_)) return event.position <= *position;
    return event.time <= std::get<Timestamp>(when_);
}

}  // namespace sillok::api
