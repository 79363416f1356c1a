#include "tools/duration.hpp"

#include <doctest/doctest.h>

using namespace sillok;
using namespace std::chrono_literals;

TEST_CASE("a duration is a number and a unit") {
    CHECK(parse_duration("90s") == 90s);
    CHECK(parse_duration("30m") == 30min);
    CHECK(parse_duration("24h") == 24h);
    CHECK(parse_duration("7d") == 168h);
    CHECK(parse_duration("0s") == 0s);
    for (const char* text :
         {"", "h", "24", "24 h", "-1h", "+1h", "1.5h", "1w", "1H", "24hh", "99999999999d", "11000d"}) {
        CAPTURE(text);
        const auto duration = parse_duration(text);
        REQUIRE_FALSE(duration);
        CHECK(duration.error().contains("such as 90s, 30m, 24h or 7d"));
    }
}
