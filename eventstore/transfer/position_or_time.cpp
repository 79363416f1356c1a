#include "eventstore/transfer/position_or_time.hpp"

#include "eventstore/base/parse_number.hpp"
#include "eventstore/base/rfc3339.hpp"

#include <cstdint>

namespace sillok {

namespace {

constexpr std::string_view position_mark = "position:";

bool may_be_year(std::string_view text) { return text.size() == 4 && (text[0] == '1' || text[0] == '2'); }

}  // namespace

std::optional<PositionOrTime> parse_position_or_time(std::string_view text) {
    const bool is_marked = text.starts_with(position_mark);
    const auto number = parse_number<std::uint64_t>(is_marked ? text.substr(position_mark.size()) : text);
    if (number && (is_marked || !may_be_year(text))) return Position{*number};
    if (const auto time = parse_rfc3339(text)) return *time;
    return std::nullopt;
}

}  // namespace sillok
