// The settings of a circuit breaker (circuit_breaker.hpp), and how `--breaker` writes them.
#pragma once

#include <chrono>
#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace sillok {

struct BreakerOptions {
    std::chrono::milliseconds window{10'000};
    std::uint32_t calls_min = 20;  // the breaker stays closed while the window holds fewer calls
    double failure_rate = 0.5;     // 0 < rate <= 1; opens at this share of failed calls
    double slow_rate = 0.8;        // 0 < rate <= 1; opens at this share of calls that took `slow` or longer
    std::chrono::milliseconds slow{3'000};
    std::chrono::milliseconds break_first{1'000};  // doubled for each further break in a row, then up to half is cut
                                                   // off at random
    std::chrono::milliseconds break_max{60'000};
    std::uint32_t probes = 5;
};

// Parses, for example, "failures=0.5,slow-ms=3000,break-ms=1000,break-most-ms=60000". Settings that are not named keep
// their default. The error is a sentence that names the wrong part.
std::expected<BreakerOptions, std::string> parse_breaker(std::string_view text);

}  // namespace sillok
