#include "eventstore/base/forward_clock.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

namespace sillok {

namespace {

constexpr std::int64_t ms = 1'000'000;
constexpr std::int64_t second = 1'000 * ms;
constexpr std::int64_t hour = 3'600 * second;

// A machine whose wall clock is set at will.
struct Machine {
    std::int64_t boot = 5 * second;
    std::int64_t wall = 1'000 * hour;

    ForwardClock clock(Timestamp at_least = {}) {
        return ForwardClock{at_least,
                            {.wall = [this] { return wall; },
                             .since_boot = [this] { return boot; },
                             .random = [] { return std::uint64_t{7}; }}};
    }
    void pass(std::int64_t ns) {
        boot += ns;
        wall += ns;
    }
};

}  // namespace

TEST_CASE("the clock starts at the wall clock's time, and never before the log's last event") {
    Machine machine;
    CHECK(machine.clock().now() == Timestamp{machine.wall / ms});
    const Timestamp later{machine.wall / ms + 7};
    CHECK(machine.clock(later).now() == later);
    CHECK(machine.clock(Timestamp{machine.wall / ms - 7}).now() == Timestamp{machine.wall / ms});
}

TEST_CASE("a wall clock that is set, either way, changes no wait by more than a twentieth, and time never goes back") {
    for (const auto jump : {-5 * hour, -hour, -second, second, hour, 5 * hour}) {
        CAPTURE(jump);
        Machine machine;
        const auto clock = machine.clock();
        const auto begun = clock.now();
        machine.wall += jump;
        auto before = begun;
        for (int i = 0; i < 600; ++i) {  // ten minutes
            machine.pass(second);
            const auto now = clock.now();
            const auto step = now.value - before.value;
            CHECK(step >= 950);
            CHECK(step <= 1'050);
            before = now;
        }
        if (std::abs(jump) == second) CHECK(before == Timestamp{machine.wall / ms});  // made up for
    }
}

TEST_CASE("a jump of an hour is made up for in twenty hours") {
    for (const auto jump : {-hour, hour}) {
        Machine machine;
        const auto clock = machine.clock();
        machine.wall += jump;
        for (int i = 0; i < 21 * 60; ++i) {
            machine.pass(60 * second);
            CHECK(clock.now() > Timestamp{});
        }
        CHECK(clock.now() == Timestamp{machine.wall / ms});
    }
}

TEST_CASE("time is the same for two threads: what one has seen is not later than what the other sees next") {
    Machine machine;
    const auto clock = machine.clock();
    machine.wall -= hour;
    auto before = clock.now();
    for (int i = 0; i < 10'000; ++i) {
        machine.pass(ms / 4);
        CHECK(before <= clock.now());
        before = clock.now();
        const auto id = clock.new_id();
        const int version = id.bytes[6] >> 4;
        CHECK(version == 7);
    }
}

TEST_CASE("the machine's own clocks are read") {
    const SystemClock wall;
    const ForwardClock clock;
    CHECK(std::abs(clock.now().value - wall.now().value) < 5'000);
    CHECK(clock.new_id() != clock.new_id());
}

}  // namespace sillok
