// A place in the log as people write it: a position, or a time.
#pragma once

#include "eventstore/base/timestamp.hpp"
#include "eventstore/position.hpp"

#include <optional>
#include <string_view>
#include <variant>

namespace sillok {

using PositionOrTime = std::variant<Position, Timestamp>;

// "17", "position:2026", "2026-11-26T15:00:00Z". A number that could be a year is a position only with its mark.
std::optional<PositionOrTime> parse_position_or_time(std::string_view text);

inline constexpr std::string_view position_or_time_rule =
    "must be a position of the log, such as 17, or position:2026 where the number could be a year; or a time with "
    "date, "
    "time and offset, such as 2026-11-26T15:00:00Z";

}  // namespace sillok
