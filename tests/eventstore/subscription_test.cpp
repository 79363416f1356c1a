// Subscriptions and watermarks: nothing skipped, nothing twice, nobody left waiting.
#include "tests/eventstore/stores.hpp"

#include <doctest/doctest.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <random>
#include <thread>

namespace sillok {

TEST_CASE_TEMPLATE("a subscription catches up from its position and goes on live", Store, InMemory, OnDisk) {
    Store store{EventStoreOptions{.tail_bytes_max = 2048}};
    for (int i = 0; i < 50; ++i) REQUIRE(store->append_and_wait(to("a-" + std::to_string(i), NoStream{}, {"x"})));
    auto subscription = store->subscribe(Position{10});
    std::vector<std::uint64_t> seen;
    while (seen.size() < 40)
        for (const auto& event : subscription.wait_next()) seen.push_back(event.position.value);
    CHECK(subscription.poll().empty());
    std::jthread late{[&] { (void)store->append_and_wait(to("b-1", NoStream{}, {"live"})); }};
    const auto live = subscription.wait_next();
    REQUIRE(live.size() == 1);
    CHECK(live[0].payload == "live");
    for (std::size_t i = 0; i < seen.size(); ++i) CHECK(seen[i] == 11 + i);
}

TEST_CASE_TEMPLATE("fast and slow subscriptions all see the whole log in order while it grows", Store, InMemory,
                   OnDisk) {
    Store store{EventStoreOptions{.tail_bytes_max = 4096}};
    constexpr std::uint64_t total = 1500;
    const auto follow = [&](unsigned seed) {
        std::mt19937 random{seed};
        auto subscription = Subscription{*store, Position{0}, 1 + seed * 7};
        std::uint64_t last = 0;
        bool in_order = true;
        while (last < total) {
            for (const auto& event : subscription.wait_next()) in_order = in_order && event.position.value == ++last;
            if (seed % 2 == 1 && random() % 8 == 0) std::this_thread::yield();
        }
        return in_order;
    };
    std::vector<std::jthread> followers;
    std::array<bool, 4> in_order{};
    for (unsigned i = 0; i < 4; ++i) followers.emplace_back([&, i] { in_order[i] = follow(i); });
    std::vector<std::jthread> writers;
    for (int w = 0; w < 3; ++w)
        writers.emplace_back([&, w] {
            for (std::uint64_t i = 0; i < total / 3; ++i) {
                const auto stream = "w-" + std::to_string(w);
                const Expected expected = i == 0 ? Expected{NoStream{}} : Expected{Version{i}};
                if (i % 16 == 0)
                    (void)store->append_and_wait(to(stream, expected, {"x"}));
                else
                    (void)store->propose(to(stream, expected, {"x"}));
            }
        });
    writers.clear();
    followers.clear();
    for (const bool each : in_order) CHECK(each);
    CHECK(store->head() == Position{total});
}

TEST_CASE("a waiting subscription ends when it is told to, or when the store closes") {
    InMemory store;
    auto subscription = store->subscribe(Position{0});
    std::stop_source stop;
    std::jthread stopper{[&] { stop.request_stop(); }};
    CHECK(subscription.wait_next(stop.get_token()).empty());
    std::jthread closer{[&] { store->close(); }};
    CHECK(subscription.wait_next().empty());
}

TEST_CASE("a coroutine follows the log as a thread does") {
    InMemory store;
    asio::io_context io;
    std::vector<std::string> seen;
    const auto follow = [](EventStore& log, std::vector<std::string>& out) -> asio::awaitable<void> {
        auto subscription = log.subscribe(Position{0});
        while (out.size() < 3) {
            const auto batch = co_await subscription.next();
            for (const auto& event : batch) out.emplace_back(event.payload);
        }
    };
    auto done = asio::co_spawn(io, follow(*store, seen), asio::use_future);
    std::jthread writer{[&] {
        (void)store->append_and_wait(to("a-1", NoStream{}, {"one"}));
        (void)store->append_and_wait(to("a-1", Version{1}, {"two", "three"}));
    }};
    io.run();
    done.get();
    CHECK(seen == Lines{"one", "two", "three"});
}

TEST_CASE("a watermark lets pass who it has reached, in time or not at all") {
    using namespace std::chrono_literals;
    Watermark mark{Position{5}};
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

TEST_CASE("threads and coroutines that wait for the same mark all wake") {
    Watermark mark;
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
