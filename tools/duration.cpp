#include "tools/duration.hpp"

#include "eventstore/base/parse_number.hpp"

#include <cstdint>

namespace sillok {

namespace {

constexpr std::chrono::seconds most = std::chrono::years{10};

std::int64_t seconds_in(char unit) {
    switch (unit) {
        case 's': return 1;
        case 'm': return 60;
        case 'h': return 3'600;
        case 'd': return 86'400;
        default: return 0;
    }
}

}  // namespace

std::expected<std::chrono::seconds, std::string> parse_duration(std::string_view text) {
    const auto unit = text.empty() ? 0 : seconds_in(text.back());
    const auto number = text.empty() ? std::nullopt : parse_number<std::uint32_t>(text.substr(0, text.size() - 1));
    if (unit == 0 || !number || std::chrono::seconds{*number * unit} > most)
        return std::unexpected("'" + std::string{text} +
                               "' is not a number and a unit, such as 90s, 30m, 24h or 7d, up to ten years");
    return std::chrono::seconds{*number * unit};
}

}  // namespace sillok
