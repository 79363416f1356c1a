#include "sagas/payments/breaker_options.hpp"

#include "eventstore/base/parse_number.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>

namespace sillok {
namespace {

using namespace std::chrono_literals;

bool set_rate(double& rate, std::string_view value) {
    const auto parsed = parse_number<double>(value);
    if (!parsed || !(*parsed > 0 && *parsed <= 1)) return false;
    rate = *parsed;
    return true;
}

bool set_time(std::chrono::milliseconds& time, std::string_view value) {
    constexpr std::chrono::milliseconds time_max = 24h;
    const auto parsed = parse_number<std::int64_t>(value);
    if (!parsed || *parsed < 1 || *parsed > time_max.count()) return false;
    time = std::chrono::milliseconds{*parsed};
    return true;
}

bool set(BreakerOptions& breaker, std::string_view key, std::string_view value) {
    if (key == "failures") return set_rate(breaker.failure_rate, value);
    if (key == "slow-ms") return set_time(breaker.slow, value);
    if (key == "break-ms") return set_time(breaker.break_first, value);
    if (key == "break-most-ms") return set_time(breaker.break_max, value);
    return false;
}

}  // namespace

std::expected<BreakerOptions, std::string> parse_breaker(std::string_view text) {
    BreakerOptions breaker;
    while (!text.empty()) {
        const auto part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        const auto equals = part.find('=');
        const auto key = part.substr(0, equals);
        if (equals != std::string_view::npos && set(breaker, key, part.substr(equals + 1))) continue;
        const bool is_known = set(breaker, key, "1");
        return std::unexpected(
            is_known
                ? fmt::format("the circuit breaker does not take \"{}\": failures is a number above 0 and up to 1, "
                              "a time is whole milliseconds, 1 to 86400000",
                              part)
                : fmt::format("the circuit breaker does not understand \"{}\"", part));
    }
    return breaker;
}

}  // namespace sillok
