#include "api/handlers/as_of.hpp"

#include "api/http/paging.hpp"
#include "eventstore/transfer/position_or_time.hpp"

#include <string>
#include <variant>

namespace sillok::api {

namespace {

// The '+' of an offset, sent as it is, arrives as a blank: "2026-11-26T15:00:00 09:00".
std::string with_offset(std::string_view text) {
    constexpr std::size_t offset_bytes = 6;
    std::string time{text};
    if (time.size() > offset_bytes && time[time.size() - offset_bytes] == ' ') time[time.size() - offset_bytes] = '+';
    return time;
}

}  // namespace

std::expected<AsOf, Problem> AsOf::parse(std::string_view text) {
    if (const auto when = parse_position_or_time(with_offset(text)))
        return std::visit([](auto place) { return AsOf{place}; }, *when);
    return std::unexpected(invalid_parameter("asOf", std::string{position_or_time_rule}));
}

bool AsOf::includes(const Recorded& event) const {
    if (const auto* position = std::get_if<Position>(&when_)) return event.position <= *position;
    return event.time <= std::get<Timestamp>(when_);
}

}  // namespace sillok::api
