// Waiting for a number that only grows.
#include "eventstore/watermark.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <future>
#include <stop_token>
#include <thread>
#include <vector>

namespace sillok {

TEST_CASE("a wait ends with true at the number, and with false when its time has passed or the watermark is closed") {
    using namespace std::chrono_literals;
    Watermark<Position> mark{Position{5}};
    CHECK(mark.wait(Position{5}));
    CHECK_FALSE(mark.wait(Position{6}, 1ms));
    asio::io_context io;
    auto reached = asio::co_spawn(io, mark.reached(Position{7}), asio::use_future);
    auto in_time = asio::co_spawn(io, mark.reached(Position{7}, 10s), asio::use_future);
    auto too_late = asio::co_spawn(io, mark.reached(Position{8}, 1ms), asio::use_future);
    auto closed = asio::co_spawn(io, mark.reached(Position{9}), asio::use_future);
    std::jthread waiting{[&] { io.run(); }};
    CHECK_FALSE(too_late.get());
    mark.advance(Position{7});
    CHECK(reached.get());
    CHECK(in_time.get());
    CHECK(mark.value() == Position{7});
    mark.close();
    CHECK_FALSE(closed.get());
    CHECK(mark.wait(Position{7}));
    CHECK_FALSE(mark.wait(Position{8}));
}

TEST_CASE("the thread that advances a watermark pauses as long as no other thread or coroutine waits") {
    using namespace std::chrono_literals;
    using std::chrono::steady_clock;
    Watermark<Position> mark{Position{5}};
    const auto begin = steady_clock::now();
    mark.throttle_until_awaited(20ms);
    CHECK(steady_clock::now() - begin >= 20ms);

    std::jthread lazy{[&] { CHECK(mark.wait_lazily(Position{6})); }};
    const auto again = steady_clock::now();
    mark.throttle_until_awaited(20ms);
    CHECK(steady_clock::now() - again >= 20ms);

    std::jthread waiting{[&] { CHECK(mark.wait(Position{6})); }};
    mark.throttle_until_awaited(1h);
    mark.advance(Position{6});
    lazy.join();
    waiting.join();

    asio::io_context io;
    auto reached = asio::co_spawn(io, mark.reached(Position{7}), asio::use_future);
    std::jthread running{[&] { io.run(); }};
    mark.throttle_until_awaited(1h);
    mark.advance(Position{7});
    CHECK(reached.get());
}

TEST_CASE("a pause ends when it is stopped and when the watermark is closed") {
    using namespace std::chrono_literals;
    Watermark<Position> mark{Position{5}};
    std::stop_source stop;
    std::jthread stopped{[&] { CHECK_FALSE(mark.wait_lazily(Position{8}, stop.get_token())); }};
    std::jthread stopping{[&] { stop.request_stop(); }};
    mark.throttle_until_awaited(1h, stop.get_token());
    std::jthread closing{[&] { mark.close(); }};
    mark.throttle_until_awaited(1h);
}

TEST_CASE("a cancelled coroutine no longer waits, and another one still does") {
    Watermark<Position> mark;
    asio::io_context io;
    asio::cancellation_signal cancel;
    auto cancelled =
        asio::co_spawn(io, mark.reached(Position{1}), asio::bind_cancellation_slot(cancel.slot(), asio::use_future));
    auto reached = asio::co_spawn(io, mark.reached(Position{1}), asio::use_future);
    io.poll();
    cancel.emit(asio::cancellation_type::all);
    io.poll();
    CHECK_FALSE(cancelled.get());
    mark.advance(Position{1});
    io.run();
    CHECK(reached.get());
}

TEST_CASE("threads and coroutines that wait for the same mark all wake") {
    Watermark<Position> mark;
    asio::io_context io;
    std::vector<std::future<bool>> reached;
    for (std::uint64_t i = 1; i <= 200; ++i)
        reached.push_back(asio::co_spawn(io, mark.reached(Position{i}), asio::use_future));
    std::jthread running{[&] { io.run(); }};
    std::vector<std::jthread> waiting;
    std::atomic<int> woken = 0;
    for (std::uint64_t i = 1; i <= 8; ++i)
        waiting.emplace_back([&, i] { woken += mark.wait(Position{i * 25}) ? 1 : 0; });
    for (std::uint64_t i = 1; i <= 200; ++i) mark.advance(Position{i});
    for (auto& each : reached) CHECK(each.get());
    waiting.clear();
    CHECK(woken == 8);
}

}  // namespace sillok
