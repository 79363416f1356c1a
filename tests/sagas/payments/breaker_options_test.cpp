#include "sagas/payments/breaker_options.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <string>

namespace sillok {
namespace {

using namespace std::chrono_literals;

TEST_CASE("--breaker sets when a breaker opens, and for how long") {
    const auto parsed = parse_breaker("failures=0.25,slow-ms=700,break-ms=50,break-most-ms=900");
    REQUIRE(parsed);
    CHECK(parsed->failure_rate == 0.25);
    CHECK(parsed->slow == 700ms);
    CHECK(parsed->break_first == 50ms);
    CHECK(parsed->break_max == 900ms);
    CHECK(parse_breaker("")->slow == BreakerOptions{}.slow);
    CHECK(parse_breaker("slow-ms=1")->failure_rate == BreakerOptions{}.failure_rate);
    for (const auto* wrong : {"failures", "failures=", "failures=0", "failures=1.1", "failures=nan", "slow-ms=0",
                              "slow-ms=-1", "break-ms=1s", "probes=3", "=1", "slow-ms=1,,", "slow-ms=999999999999"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_breaker(wrong));
    }
    CHECK(parse_breaker("slow-ms=1,hurry=1").error() == "the circuit breaker does not understand \"hurry=1\"");
    CHECK(parse_breaker("failures=2").error() ==
          "the circuit breaker does not take \"failures=2\": failures is a number above 0 and up to 1, a time is whole "
          "milliseconds, 1 to 86400000");
}

}  // namespace
}  // namespace sillok
