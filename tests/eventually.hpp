// Waits until another thread or another process has done something. No other code of the tests sleeps for that.
//
//     REQUIRE(eventually(10s, "the order is confirmed", [&] { return phase_of("o1") == Phase::confirmed; }));
//
// Returns true as soon as the condition holds.
// Returns false when it does not hold within the bound. The test's output then says
// "not within 10000 ms: the order is confirmed".
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <string_view>
#include <thread>

namespace sillok {

template <class Condition>
[[nodiscard]] bool eventually(std::chrono::milliseconds bound, std::string_view message, Condition&& condition) {
    constexpr std::chrono::microseconds pause{500};
    const auto end = std::chrono::steady_clock::now() + bound;
    while (!condition()) {
        if (std::chrono::steady_clock::now() >= end) {
            MESSAGE("not within ", bound.count(), " ms: ", message);
            return false;
        }
        std::this_thread::sleep_for(pause);
    }
    return true;
}

}  // namespace sillok
