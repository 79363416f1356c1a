#include "sagas/payments/circuit_breaker.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;
using enum CircuitBreaker::Outcome;
using State = BreakerState;

constexpr BreakerOptions options{.window = 10'000ms,
                                 .calls_min = 10,
                                 .failure_rate = 0.5,
                                 .slow_rate = 0.8,
                                 .slow = 100ms,
                                 .break_first = 1'000ms,
                                 .break_max = 8'000ms,
                                 .probes = 3};

// A breaker with a manual clock.
struct BreakerFixture {
    explicit BreakerFixture(const BreakerOptions& with = options) : breaker(with) {}

    CircuitBreaker breaker;
    Timestamp now{1'700'000'000'000};
    std::uint64_t chance = 0;

    void calls(int times, CircuitBreaker::Outcome outcome, std::chrono::milliseconds took = 1ms) {
        for (int i = 0; i < times; ++i) breaker.report(breaker.begin(now), outcome, took, now, chance);
    }
    void passes(std::chrono::milliseconds time) { now.value += time.count(); }
    void until_the_break_is_over() { now = breaker.snapshot(now).retry_at.value(); }

    [[nodiscard]] State state() const { return breaker.snapshot(now).state; }
    [[nodiscard]] bool lets() const { return breaker.lets(now); }
    [[nodiscard]] BreakerSnapshot snapshot() const { return breaker.snapshot(now); }
    [[nodiscard]] std::int64_t break_left() const { return snapshot().retry_at.value().value - now.value; }
};

TEST_CASE("when a breaker opens, and when it does not") {
    struct Row {
        std::string what;
        int answered;
        int failed;
        int slow;         // slow, with a response
        int slow_failed;  // slow, without a response
        State state;
    };
    const std::vector<Row> rows{
        {"nothing was called", 0, 0, 0, 0, State::closed},
        {"all went well", 100, 0, 0, 0, State::closed},
        {"too few calls for a rate", 0, 9, 0, 0, State::closed},
        {"enough calls, all of them failed", 0, 10, 0, 0, State::open},
        {"just less than half", 51, 49, 0, 0, State::closed},
        {"half", 10, 10, 0, 0, State::open},
        {"slow, but fewer than it takes", 30, 0, 79, 0, State::closed},
        {"slow", 2, 0, 8, 0, State::open},
        {"slow failures are failures", 5, 0, 0, 5, State::open},
        {"slow failures are slow", 0, 0, 9, 1, State::open},
    };
    for (const auto& row : rows) {
        CAPTURE(row.what);
        BreakerFixture watched;
        // The good ones first, so that no beginning of the row is worse than its whole.
        watched.calls(row.answered, answered);
        watched.calls(row.slow, answered, 100ms);
        watched.calls(row.failed, failed);
        watched.calls(row.slow_failed, failed, 100ms);
        CHECK(watched.state() == row.state);
        CHECK(watched.lets() == (row.state == State::closed));
        CHECK(watched.snapshot().opened == (row.state == State::open ? 1 : 0));
        CHECK(watched.snapshot().retry_at.has_value() == (row.state == State::open));
    }
}

TEST_CASE("a snapshot shows the rates of the window") {
    BreakerFixture watched;
    watched.calls(6, answered);
    watched.calls(1, answered, 500ms);
    watched.calls(1, failed, 500ms);
    auto seen = watched.snapshot();
    CHECK(seen.calls == 8);
    CHECK(seen.failure_rate == doctest::Approx(0.125));
    CHECK(seen.slow_rate == doctest::Approx(0.25));
    CHECK(seen.look_again == 0s);
    watched.calls(6, failed);
    seen = watched.snapshot();
    CHECK(seen.state == State::open);
    CHECK(seen.calls == 14);
    CHECK(seen.failure_rate == doctest::Approx(0.5));
    watched.passes(700ms);
    CHECK(watched.snapshot().calls == 14);
}

TEST_CASE("calls older than the window do not count") {
    BreakerFixture watched;
    watched.calls(9, failed);
    watched.passes(9'000ms);
    CHECK(watched.snapshot().calls == 9);
    watched.passes(1'000ms);
    CHECK(watched.snapshot().calls == 0);
    watched.calls(9, failed);
    CHECK(watched.state() == State::closed);
    watched.calls(1, failed);
    CHECK(watched.state() == State::open);
}

TEST_CASE("the window slides: it holds the calls of the last ten buckets") {
    std::mt19937_64 random{20'261'121};
    BreakerOptions never = options;
    never.calls_min = 1'000'000;
    BreakerFixture watched{never};
    struct Past {
        std::int64_t slot;
        bool failed;
        bool slow;
    };
    std::vector<Past> all;
    for (int i = 0; i < 3'000; ++i) {
        watched.passes(std::chrono::milliseconds{random() % 7 == 0 ? random() % 15'000 : random() % 400});
        const Past call{watched.now.value / 1'000, random() % 3 == 0, random() % 4 == 0};
        watched.calls(1, call.failed ? failed : answered, call.slow ? 100ms : 99ms);
        all.push_back(call);
        const auto oldest = watched.now.value / 1'000 - 9;
        std::erase_if(all, [oldest](const Past& past) { return past.slot < oldest; });
        const auto share = [&all](auto&& is) {
            return static_cast<double>(std::ranges::count_if(all, is)) / static_cast<double>(all.size());
        };
        const auto seen = watched.snapshot();
        REQUIRE(seen.calls == all.size());
        REQUIRE(seen.failure_rate == doctest::Approx(share([](const Past& past) { return past.failed; })));
        REQUIRE(seen.slow_rate == doctest::Approx(share([](const Past& past) { return past.slow; })));
    }
}

TEST_CASE("each break in a row is twice as long, up to a limit, and a close resets it") {
    BreakerFixture watched;
    watched.calls(10, failed);
    for (const std::int64_t longest : {1'000, 2'000, 4'000, 8'000, 8'000, 8'000}) {
        CHECK(watched.break_left() == longest);
        watched.passes(std::chrono::milliseconds{longest - 1});
        CHECK(watched.state() == State::open);
        CHECK_FALSE(watched.lets());
        watched.passes(1ms);
        CHECK(watched.state() == State::half_open);
        CHECK(watched.lets());
        watched.calls(3, failed);
        CHECK(watched.state() == State::open);
    }
    watched.until_the_break_is_over();
    watched.calls(3, answered);
    CHECK(watched.state() == State::closed);
    watched.calls(10, failed);
    CHECK(watched.break_left() == 1'000);
    CHECK(watched.snapshot().opened == 8);
}

TEST_CASE("up to half of a break is random, and the whole half is used") {
    std::mt19937_64 random{7};
    std::int64_t shortest = 1'000;
    std::int64_t longest = 0;
    for (int i = 0; i < 2'000; ++i) {
        BreakerFixture watched;
        watched.chance = random();
        watched.calls(10, failed);
        shortest = std::min(shortest, watched.break_left());
        longest = std::max(longest, watched.break_left());
    }
    CHECK(shortest >= 500);
    CHECK(shortest < 520);
    CHECK(longest <= 1'000);
    CHECK(longest > 980);
}

TEST_CASE("half-open lets a few probes go") {
    BreakerFixture watched;
    watched.calls(10, failed);
    watched.until_the_break_is_over();
    std::vector<CircuitBreaker::Call> probes;
    while (watched.lets() && probes.size() < 100) probes.push_back(watched.breaker.begin(watched.now));
    REQUIRE(probes.size() == 3);
    // Two results do not decide yet, and a fourth probe may not go.
    for (int i = 0; i < 2; ++i) watched.breaker.report(probes[i], answered, 1ms, watched.now, 0);
    CHECK(watched.state() == State::half_open);
    CHECK_FALSE(watched.lets());
    CHECK(watched.snapshot().calls == 2);
    watched.breaker.report(probes[2], answered, 1ms, watched.now, 0);
    CHECK(watched.state() == State::closed);
    CHECK(watched.lets());
    CHECK(watched.snapshot().calls == 0);
}

TEST_CASE("probes are judged by the same rates") {
    const auto after = [](std::vector<CircuitBreaker::Outcome> outcomes, std::chrono::milliseconds took) {
        BreakerFixture watched;
        watched.calls(10, failed);
        watched.until_the_break_is_over();
        for (const auto outcome : outcomes) watched.calls(1, outcome, took);
        return watched.state();
    };
    CHECK(after({answered, answered, answered}, 1ms) == State::closed);
    CHECK(after({answered, failed, answered}, 1ms) == State::closed);
    CHECK(after({answered, failed, failed}, 1ms) == State::open);
    CHECK(after({failed, failed}, 1ms) == State::open);
    CHECK(after({failed}, 1ms) == State::half_open);
    CHECK(after({answered, answered, answered}, 100ms) == State::open);
}

TEST_CASE("results of calls from before a change of state are ignored") {
    BreakerFixture watched;
    std::vector<CircuitBreaker::Call> early;
    for (int i = 0; i < 40; ++i) early.push_back(watched.breaker.begin(watched.now));
    const auto answer = [&](std::size_t from, std::size_t to, CircuitBreaker::Outcome outcome) {
        for (auto i = from; i < to; ++i) watched.breaker.report(early[i], outcome, 1ms, watched.now, 0);
    };
    answer(0, 10, failed);
    REQUIRE(watched.state() == State::open);
    const auto retry_at = watched.snapshot().retry_at;
    answer(10, 20, failed);
    CHECK(watched.snapshot().retry_at == retry_at);
    CHECK(watched.snapshot().opened == 1);
    watched.until_the_break_is_over();
    const auto probe = watched.breaker.begin(watched.now);
    answer(20, 30, answered);
    CHECK(watched.state() == State::half_open);
    watched.breaker.report(probe, answered, 1ms, watched.now, 0);
    watched.calls(2, answered);
    REQUIRE(watched.state() == State::closed);
    answer(30, 40, failed);
    CHECK(watched.state() == State::closed);
    CHECK(watched.snapshot().calls == 0);
}

TEST_CASE("forced open by an operator, it stays open; back in automatic mode it starts with probes") {
    BreakerFixture watched;
    watched.breaker.set_mode(BreakerMode::open);
    watched.breaker.set_mode(BreakerMode::open);
    CHECK(watched.snapshot().opened == 1);
    CHECK_FALSE(watched.snapshot().retry_at);
    CHECK(watched.snapshot().look_again == 8s);
    watched.passes(1'000h);
    CHECK(watched.state() == State::open);
    CHECK_FALSE(watched.lets());
    watched.breaker.set_mode(BreakerMode::automatic);
    CHECK(watched.state() == State::half_open);
    watched.calls(3, answered);
    CHECK(watched.state() == State::closed);
}

TEST_CASE("forced closed by an operator, it stays closed until it is automatic again") {
    BreakerFixture watched;
    watched.calls(10, failed);
    REQUIRE(watched.state() == State::open);
    watched.breaker.set_mode(BreakerMode::closed);
    CHECK(watched.lets());
    watched.calls(100, failed, 500ms);
    CHECK(watched.state() == State::closed);
    CHECK(watched.snapshot().failure_rate == doctest::Approx(1));
    watched.breaker.set_mode(BreakerMode::automatic);
    CHECK(watched.state() == State::closed);
    watched.calls(1, failed);
    CHECK(watched.state() == State::open);
    CHECK(watched.break_left() == 1'000);
}

TEST_CASE("automatic mode set twice changes nothing") {
    BreakerFixture watched;
    watched.calls(10, failed);
    const auto retry_at = watched.snapshot().retry_at;
    watched.breaker.set_mode(BreakerMode::automatic);
    CHECK(watched.state() == State::open);
    CHECK(watched.snapshot().retry_at == retry_at);
}

TEST_CASE("a clock that is set back does not prolong a break") {
    BreakerFixture watched;
    watched.calls(10, failed);
    watched.passes(-3'600'000ms);
    CHECK(watched.state() == State::half_open);
}

TEST_CASE("in any history probes are few, breaks are bounded, and no call goes in a break") {
    std::mt19937_64 random{42};
    for (int run = 0; run < 50; ++run) {
        CAPTURE(run);
        BreakerFixture watched;
        std::vector<CircuitBreaker::Call> in_flight;
        std::uint32_t probes = 0;
        auto opened = watched.snapshot().opened;
        auto before = State::closed;
        for (int i = 0; i < 2'000; ++i) {
            watched.chance = random();
            watched.passes(std::chrono::milliseconds{random() % 300});
            const auto state = watched.state();
            if (state != State::half_open || before != State::half_open) probes = 0;
            before = state;
            REQUIRE(watched.lets() == (state == State::closed || (state == State::half_open && probes < 3)));
            if (watched.lets() && random() % 3 != 0) {
                in_flight.push_back(watched.breaker.begin(watched.now));
                if (state == State::half_open) ++probes;
            } else if (!in_flight.empty()) {
                const auto at = random() % in_flight.size();
                const auto outcome = random() % (run % 5 + 1) == 0 ? failed : answered;
                watched.breaker.report(in_flight[at], outcome, 1ms, watched.now, watched.chance);
                in_flight.erase(in_flight.begin() + static_cast<std::ptrdiff_t>(at));
            }
            const auto seen = watched.snapshot();
            if (seen.opened != opened) {
                REQUIRE(seen.opened == opened + 1);
                REQUIRE(watched.break_left() >= 500);
                REQUIRE(watched.break_left() <= 8'000);
                opened = seen.opened;
            }
            if (seen.state != State::half_open) probes = 0;
        }
    }
}

// ---- one customer, one amount

CallTraits call_of(std::uint64_t number, std::size_t customer, std::int64_t amount) {
    return {uuid_v7(0, number, number), customer, amount};
}

// Calls with traits.
struct ShopFixture : BreakerFixture {
    std::uint64_t number = 0;

    void call(const CallTraits& traits, CircuitBreaker::Outcome outcome) {
        breaker.report(breaker.begin(now, traits), outcome, 1ms, now, chance);
    }
    void fail(int times, std::size_t customer, std::int64_t amount) {
        for (int i = 0; i < times; ++i) call(call_of(++number, customer, amount), failed);
    }
    // Each of another customer, with another amount.
    void fail_all(int times) {
        for (int i = 0; i < times; ++i) {
            ++number;
            call(call_of(number, number, static_cast<std::int64_t>(number)), failed);
        }
    }
    bool lets_call(std::size_t customer, std::int64_t amount) {
        return breaker.lets(now, call_of(++number, customer, amount));
    }
};

TEST_CASE("a call that fails again and again is one failure, unless nothing can be reached") {
    ShopFixture shop;
    const auto one = call_of(1, 1, 1);
    for (int i = 0; i < 100; ++i) shop.call(one, failed);
    CHECK(shop.state() == State::closed);
    CHECK(shop.snapshot().calls == 1);
    shop.passes(10'000ms);
    shop.call(one, failed);
    CHECK(shop.snapshot().calls == 1);
    for (int i = 0; i < 10; ++i) shop.call(one, failed_for_all);
    CHECK(shop.state() == State::open);
    CHECK_FALSE(shop.snapshot().only_for.any());
}

TEST_CASE("different calls that fail in a row open it after half as many") {
    ShopFixture shop;
    shop.fail_all(4);
    shop.call(call_of(900, 900, 900), answered);
    shop.fail_all(4);
    CHECK(shop.state() == State::closed);
    shop.fail_all(1);
    CHECK(shop.state() == State::open);
    CHECK_FALSE(shop.snapshot().only_for.any());
    CHECK_FALSE(shop.lets_call(77, 77));
}

TEST_CASE("calls that have a customer or an amount in common open it for calls like them only") {
    struct Row {
        std::vector<std::pair<std::size_t, std::int64_t>> failures;  // customer, amount
        CallGroup group;
    };
    const std::vector<Row> rows{
        {{{1, 5}, {1, 5}, {1, 5}, {1, 5}, {1, 5}}, {1, 5}},
        {{{1, 5}, {1, 6}, {1, 7}, {1, 8}, {1, 9}}, {1, {}}},
        {{{1, 5}, {2, 5}, {3, 5}, {4, 5}, {5, 5}}, {{}, 5}},
        {{{1, 5}, {1, 5}, {1, 5}, {1, 5}, {2, 6}}, {}},
    };
    for (const auto& [failures, group] : rows) {
        ShopFixture shop;
        for (const auto& [customer, amount] : failures) shop.fail(1, customer, amount);
        CHECK(shop.state() == State::open);
        CHECK(shop.snapshot().only_for == group);
        CHECK(shop.lets_call(50, 50) == group.any());
        CHECK_FALSE(shop.lets_call(1, 5));
    }
}

TEST_CASE("an answer to somebody else closes it, and what fails for one counts no more") {
    ShopFixture shop;
    shop.fail(5, 1, 5);
    REQUIRE(shop.state() == State::open);
    shop.call(call_of(800, 2, 6), answered);
    CHECK(shop.state() == State::closed);
    shop.fail(100, 1, 5);
    CHECK(shop.state() == State::closed);
    shop.fail(4, 2, 5);  // another customer: not of the group
    CHECK(shop.state() == State::closed);
    shop.passes(std::chrono::minutes{11});
    shop.fail(5, 1, 5);
    CHECK(shop.state() == State::open);
}

TEST_CASE("an answered query is an answer to somebody else, and does not absolve the group") {
    ShopFixture shop;
    shop.fail(5, 1, 5);
    REQUIRE(shop.state() == State::open);
    auto query = call_of(801, 1, 5);
    query.is_query = true;
    REQUIRE(shop.breaker.lets(shop.now, query));
    shop.call(query, failed);  // it may be silent about this one only
    CHECK(shop.snapshot().only_for.any());
    shop.call(query, answered);
    CHECK(shop.state() == State::closed);
    shop.call(query, answered);
    shop.fail(100, 1, 5);
    CHECK(shop.state() == State::closed);
}

TEST_CASE("while others are answered, failures of one do not open it at all") {
    ShopFixture shop;
    for (int i = 0; i < 50; ++i) {
        shop.fail(3, 1, 5);
        shop.call(call_of(1'000 + static_cast<std::uint64_t>(i), 2, 6), answered);
    }
    CHECK(shop.state() == State::closed);
    CHECK(shop.snapshot().opened == 0);
}

TEST_CASE("three others that fail in a row open it for everybody; a refused connection at once") {
    for (const bool unreachable : {false, true}) {
        ShopFixture shop;
        shop.fail(5, 1, 5);
        REQUIRE(shop.snapshot().only_for.any());
        if (unreachable) {
            shop.call(call_of(700, 7, 7), failed_for_all);
        } else {
            for (int i = 0; i < 9; ++i) shop.call(call_of(600, 6, 6), failed);  // one call is one failure
            shop.fail_all(1);
            CHECK(shop.snapshot().only_for.any());
            shop.fail_all(1);
        }
        CHECK_FALSE(shop.snapshot().only_for.any());
        CHECK_FALSE(shop.lets_call(50, 50));
        // The probes decide, as ever.
        shop.until_the_break_is_over();
        for (int i = 0; i < 3; ++i) shop.call(call_of(500 + static_cast<std::uint64_t>(i), 9, 9), answered);
        CHECK(shop.state() == State::closed);
    }
}

TEST_CASE("an operator's open is for everybody") {
    ShopFixture shop;
    shop.fail(5, 1, 5);
    shop.breaker.set_mode(BreakerMode::open);
    CHECK_FALSE(shop.lets_call(50, 50));
    CHECK_FALSE(shop.snapshot().only_for.any());
}

}  // namespace
}  // namespace sillok
