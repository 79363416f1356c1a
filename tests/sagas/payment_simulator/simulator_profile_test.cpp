#include "sagas/payment_simulator/simulator_profile.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;

Uuid key(int number) { return uuid_v5({}, std::to_string(number)); }

SimulatorProfile profile(std::string_view text) { return *parse_simulator_profile(text); }

TEST_CASE("a profile is parsed, and the error names the wrong part") {
    const auto parsed = profile(
        "decline=0.05,fail=0.1,forget=0.2,lose=0.3,delay-ms=20,patience-ms=7,seed=9,"
        "decline-customer=bad-*,forget-amount=666");
    CHECK(parsed.decline == doctest::Approx(0.05));
    CHECK(parsed.lose == doctest::Approx(0.3));
    CHECK(parsed.delay == 20ms);
    CHECK(parsed.patience == 7ms);
    CHECK(parsed.seed == 9);
    CHECK(parsed.rules == std::vector<SimulatedRule>{{SimulatedFault::decline, "bad-*", std::nullopt},
                                                     {SimulatedFault::forget, "", 666}});
    CHECK(profile("") == SimulatorProfile{});
    for (const auto* wrong : {"decline", "decline=2", "decline=-0.1", "decline=nan", "decline=0.1x", "delay-ms=-1",
                              "delay-ms=99999999999", "decline-amount=x", "decline-customer=", "decline-shop=1",
                              "seed=-1", "hurry=1", ",", "=1", "decline=0.1,,fail=0.1"}) {
        CAPTURE(wrong);
        CHECK_FALSE(parse_simulator_profile(wrong));
    }
    CHECK(parse_simulator_profile("delay-ms=1,hurry=1").error() ==
          "the payment simulator does not understand \"hurry=1\"");
    CHECK(parse_simulator_profile("decline=2").error() ==
          "the payment simulator does not take \"decline=2\": a share is a number from 0 to 1, a time is whole "
          "milliseconds");
}

TEST_CASE("captures, voids and refunds are declined by their own rates and rules") {
    const auto parsed = profile("decline-capture=1,decline-refund-amount=5,decline-void-customer=bad-*");
    const auto id = key(1);
    const auto fault = [&](SimulatedCall call, const char* customer, std::int64_t amount) {
        const CustomerId customer_id{customer};
        return fault_of(parsed, {call, id, customer_id, amount});
    };
    CHECK(fault(SimulatedCall::authorisation, "bad-1", 5) == SimulatedFault::none);
    CHECK(fault(SimulatedCall::capture, "good", 1) == SimulatedFault::decline);
    CHECK(fault(SimulatedCall::refund, "good", 5) == SimulatedFault::decline);
    CHECK(fault(SimulatedCall::refund, "good", 6) == SimulatedFault::none);
    CHECK(fault(SimulatedCall::void_, "bad-1", 6) == SimulatedFault::decline);
    CHECK(fault(SimulatedCall::void_, "good", 6) == SimulatedFault::none);
    CHECK(fault(SimulatedCall::query, "bad-1", 5) == SimulatedFault::none);
    for (const auto* wrong :
         {"decline-capture=2", "decline-capture-amount=x", "decline-capture-shop=1", "fail-capture=1"})
        CHECK_FALSE(parse_simulator_profile(wrong));
}

TEST_CASE("a profile also says how webhooks are sent") {
    const auto parsed = profile(
        "webhook-delay-ms=20,webhook-late=0.1,webhook-late-ms=300,webhook-duplicate=0.2,webhook-lose=0.3,seed=9");
    CHECK(parsed.webhooks == WebhookProfile{20ms, 0.1, 300ms, 0.2, 0.3});
    for (const auto* wrong : {"webhook-lose=2", "webhook-late-ms=-1", "webhook-=1", "webhook=1", "webhook-fail=0.1"})
        CHECK_FALSE(parse_simulator_profile(wrong));
}

TEST_CASE("a profile loses, doubles and delays its share of webhooks, the same ones in every run") {
    const auto shares = profile(
        "webhook-delay-ms=5,webhook-late=0.2,webhook-late-ms=100,webhook-duplicate=0.3,"
        "webhook-lose=0.1,lose=0.5,seed=3");
    int lost = 0;
    int twice = 0;
    int late = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto one = key(i);
        const auto times = webhook_times(shares, one);
        CHECK(times == webhook_times(shares, one));
        lost += times.empty();
        twice += times.size() == 2;
        if (times.empty()) continue;
        late += times.front() == 105ms;
        CHECK((times.front() == 5ms || times.front() == 105ms));
        CHECK(times.front() == times.back());
    }
    CHECK(lost == doctest::Approx(1'000).epsilon(0.1));
    CHECK(twice == doctest::Approx(2'700).epsilon(0.1));
    CHECK(late == doctest::Approx(1'800).epsilon(0.1));
    CHECK(webhook_times({}, key(1)) == std::vector{0ms});
}

}  // namespace
}  // namespace sillok
