#include "tools/rate_option.hpp"

#include <doctest/doctest.h>

using namespace sillok;

TEST_CASE("a rate is at least a thousand bytes a second, and none is no limit") {
    CHECK(rate_of("--max-rate", "") == 0);
    CHECK(rate_of("--max-rate", "1000") == 1'000);
    CHECK(rate_of("--max-rate", "20MiB") == 20'971'520);
    CHECK_THROWS_WITH_AS(rate_of("--max-rate", "0"), "--max-rate must be 1000 bytes a second or more", Misuse);
    CHECK_THROWS_AS(rate_of("--max-rate", "fast"), Misuse);
}
