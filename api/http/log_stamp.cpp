#include "api/http/log_stamp.hpp"

#include "eventstore/base/byte_order.hpp"
#include "eventstore/base/crc32c.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace sillok::api {

namespace {

constexpr std::size_t tag_digits = 8;

std::string hex_of(std::uint32_t number) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text(tag_digits, '0');
    for (auto at = text.rbegin(); at != text.rend(); ++at, number >>= 4) *at = digits[number & 15];
    return text;
}

bool is_tag(std::string_view text) {
    return text.size() == tag_digits && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

}  // namespace

LogStamp::LogStamp(LogIdentity identity)
    : identity_(std::move(identity)), header_(header_text(identity_)), tag_(hex_of(crc32c(header_))) {}

std::string LogStamp::stamped(std::string_view cursor) const { return std::string{cursor} + '.' + tag_; }

std::expected<std::optional<std::string_view>, Problem> LogStamp::cursor_in(std::string_view stamped) const {
    const auto dot = stamped.rfind('.');
    if (dot == std::string_view::npos || !is_tag(stamped.substr(dot + 1))) return std::nullopt;
    if (stamped.substr(dot + 1) != tag_) return std::unexpected(of_another("the cursor"));
    return stamped.substr(0, dot);
}

std::expected<void, Problem> LogStamp::check(const NamedLog& named) const {
    if (named.log_id != identity_.log_id) return std::unexpected(of_another("the position"));
    return named.epoch ? check(*named.epoch) : std::expected<void, Problem>{};
}

std::expected<void, Problem> LogStamp::check(Epoch epoch) const {
    if (epoch == identity_.epoch()) return {};
    auto problem = of_another("the position");
    if (const auto left = identity_.left(epoch))
        problem.detail += ", or, if your position is at most " + std::to_string(left->value) +
                          ", where that epoch was left, go on from it as a position of this epoch";
    return std::unexpected(std::move(problem));
}

std::expected<void, Problem> LogStamp::check(Position position, Position end) const {
    if (position <= end) return {};
    return std::unexpected(Problem{
        problems::position_unknown,
        "position " + std::to_string(position.value) + " is beyond the end of this log, which is position " +
            std::to_string(end.value) + " (log " + header_ +
            "); a position from another log, or from before a restore, is of no use here: begin again at position 0"});
}

Problem LogStamp::of_another(std::string_view what) const {
    return Problem{problems::position_unknown, std::string{what} + " is of another log or epoch than this one (log " +
                                                   header_ + "); begin again without it"};
}

}  // namespace sillok::api
