// Subscriptions: no event skipped, none twice, no wait without an end.
#include "eventstore/storage/value_codec.hpp"
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
    Store store{EventStoreOptions{.recent_bytes_max = 2048}};
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
    Store store{EventStoreOptions{.recent_bytes_max = 4096}};
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

TEST_CASE("a waiting subscription ends when it is stopped, or when the store closes") {
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

TEST_CASE_TEMPLATE("a filtered subscription returns the events that it admits, and its position moves over the rest",
                   Store, InMemory, OnDisk) {
    Store store{EventStoreOptions{.recent_bytes_max = 2048}};
    for (int i = 0; i < 300; ++i) {
        Commit commit{.metadata = {.time = Timestamp{1}}};
        const auto category = i % 2 == 0 ? "even-" : "odd-";
        NewEvent event{i % 3 == 0 ? "test.third" : "test.other", 1, std::to_string(i)};
        if (i % 5 == 0) event.tags = {"five", "prime:5"};
        if (i % 7 == 0) event.tags.emplace_back("seven");
        commit.appends.push_back({category + std::to_string(i), NoStream{}, {std::move(event)}});
        REQUIRE(store->append_and_wait(commit));
    }
    const auto expected = [](auto&& admits) {
        Lines lines;
        for (int i = 0; i < 300; ++i)
            if (admits(i)) lines.push_back(std::to_string(i));
        return lines;
    };
    const auto seen = [&store](EventFilter filter) {
        Subscription subscription{*store, Position{}, 16, std::move(filter)};
        Lines lines;
        while (subscription.position() < store->head())
            for (const auto& event : subscription.poll()) lines.emplace_back(event.payload);
        return lines;
    };
    CHECK(seen({}) == expected([](int) { return true; }));
    CHECK(seen({.categories = {"even"}}) == expected([](int i) { return i % 2 == 0; }));
    CHECK(seen({.types = {"test.third"}}) == expected([](int i) { return i % 3 == 0; }));
    CHECK(seen({.tags = {"five"}}) == expected([](int i) { return i % 5 == 0; }));
    CHECK(seen({.tags = {"seven", "prime:5"}}) == expected([](int i) { return i % 5 == 0 || i % 7 == 0; }));
    CHECK(seen({.categories = {"even", "none"}, .types = {"test.third"}, .tags = {"five", "seven"}}) ==
          expected([](int i) { return i % 6 == 0 && (i % 5 == 0 || i % 7 == 0); }));
    CHECK(seen({.categories = {"eve"}}).empty());
}

TEST_CASE(
    "a subscription that waits for a rare event moves on in the log meanwhile, and gets the event when it comes") {
    InMemory store;
    constexpr std::size_t many = Subscription::passed_events_max + 1'000;
    for (std::size_t count = 0; count < many; count += 1'000) {
        Commit commit{.metadata = {.time = Timestamp{1}}};
        commit.appends.push_back({"a-" + std::to_string(count), NoStream{}, {}});
        for (int i = 0; i < 1'000; ++i) commit.appends[0].events.push_back({"test.usual", 1, ""});
        REQUIRE(store->append_and_wait(commit));
    }
    auto subscription = store->subscribe(Position{}, {.types = {"test.rare"}});
    CHECK(subscription.wait_next().empty());
    CHECK_FALSE(subscription.ended());
    const auto checkpoint = subscription.position();
    CHECK(checkpoint >= Position{Subscription::passed_events_max});

    std::jthread late{[&] {
        Commit commit{.metadata = {.time = Timestamp{1}}};
        commit.appends.push_back({"b-1", NoStream{}, {{"test.rare", 1, "here"}}});
        (void)store->append_and_wait(commit);
    }};
    const auto rare = subscription.wait_next();
    REQUIRE(rare.size() == 1);
    CHECK(rare[0].payload == "here");
    late.join();
    store->close();
    CHECK(subscription.wait_next().empty());
    CHECK(subscription.ended());
}

TEST_CASE_TEMPLATE("a checkpoint is there after a restart", Store, InMemory, OnDisk) {
    Store store;
    REQUIRE(store->append_and_wait(to("a-1", NoStream{}, {"1", "2", "3"})));
    CHECK_FALSE(store->load_checkpoint("reader"));
    REQUIRE(store->save_checkpoint("reader", {Position{1}}));
    REQUIRE(store->save_checkpoint("reader", {Position{3}, {Position{1}, Position{2}}}));
    REQUIRE(store->save_checkpoint("other", {Position{2}}));
    store.reopen();
    CHECK(store->load_checkpoint("reader") == ReaderCheckpoint{Position{3}, {Position{1}, Position{2}}});
    CHECK(store->load_checkpoint("other") == ReaderCheckpoint{Position{2}});
}

TEST_CASE("a checkpoint's bytes are as published, and no other bytes are a checkpoint") {
    const ReaderCheckpoint checkpoint{Position{0x1234}, {Position{2}, Position{0x1000}}};
    const auto bytes = values::checkpoint("reader", checkpoint);
    REQUIRE(bytes.size() == 28);
    CHECK(bytes.substr(4) == std::string{"\x34\x12\0\0\0\0\0\0\x02\0\0\0\0\0\0\0\0\x10\0\0\0\0\0\0", 24});
    CHECK(values::to_checkpoint("reader", bytes) == checkpoint);
    const auto is_none = [](std::string_view name, std::string_view value) {
        CHECK_THROWS_WITH_AS((void)values::to_checkpoint(name, value),
                             ("the checkpoint " + std::string{name} + " is damaged").c_str(), StorageError);
    };
    is_none("other", bytes);
    for (std::size_t at = 0; at < bytes.size(); ++at) {
        auto flipped = bytes;
        flipped[at] = static_cast<char>(flipped[at] ^ 1);
        is_none("reader", flipped);
        is_none("reader", std::string_view{bytes}.substr(0, at));
    }
    is_none("reader", values::checkpoint("reader", {Position{5}, {Position{6}}}));
    is_none("reader", values::checkpoint("reader", {Position{5}, {Position{2}, Position{2}}}));
}

}  // namespace sillok
