#include "api/admission.hpp"

#include "eventstore/storage/memory_log.hpp"

#include <doctest/doctest.h>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <chrono>
#include <future>
#include <memory>

using namespace sillok;
using namespace sillok::api;
using namespace std::chrono_literals;

namespace {

// A log of ten events, and somebody who follows it, not more than three events behind.
struct Gate {
    explicit Gate(std::chrono::milliseconds patience)
        : admission{store, followed, {.behind_max = 3, .turn = 2, .waiting_max = 2, .patience = patience}} {
        Commit commit{.appends = {{"a", NoStream{}, {}}}};
        for (int i = 0; i < 10; ++i) commit.appends.front().events.push_back({.type = "t", .payload = "p"});
        REQUIRE(store.append_and_wait(commit));
    }

    std::future<bool> enter() { return asio::co_spawn(io, admission.enter(), asio::use_future); }

    EventStore store{std::make_unique<MemoryLog>()};
    Watermark<Position> followed;
    Admission admission;
    asio::io_context io;
};

}  // namespace

TEST_CASE("whoever is near enough to the log's end lets the next order in at once") {
    Gate gate{1h};
    gate.followed.advance(Position{7});
    CHECK(gate.admission.is_open());
    auto entered = gate.enter();
    gate.io.run();
    CHECK(entered.get());
}

TEST_CASE("an order waits for whoever is too far behind, until they have come nearer") {
    Gate gate{1h};
    gate.followed.advance(Position{6});
    CHECK_FALSE(gate.admission.is_open());
    auto entered = gate.enter();
    gate.io.poll();
    CHECK(entered.wait_for(0s) == std::future_status::timeout);
    gate.followed.advance(Position{7});
    gate.io.run();
    CHECK(entered.get());
}

TEST_CASE("while whoever is far behind comes nearer, orders are let in one by one, and no more of them wait than may") {
    Gate gate{1h};
    gate.followed.advance(Position{1});
    auto first = gate.enter();
    auto second = gate.enter();
    auto third = gate.enter();
    gate.io.poll();
    CHECK_FALSE(third.get());
    gate.followed.advance(Position{2});
    gate.io.poll();
    CHECK(first.wait_for(0s) == std::future_status::timeout);
    gate.followed.advance(Position{3});
    gate.io.poll();
    CHECK(first.get());
    CHECK(second.wait_for(0s) == std::future_status::timeout);
    gate.followed.advance(Position{5});
    gate.io.run();
    CHECK(second.get());
}

TEST_CASE("an order that has waited long enough is not let in") {
    Gate gate{1ms};
    gate.followed.advance(Position{6});
    auto entered = gate.enter();
    gate.io.run();
    CHECK_FALSE(entered.get());
}

TEST_CASE("nobody waits for a follower who has gone") {
    Gate gate{1h};
    gate.followed.close();
    auto entered = gate.enter();
    gate.io.run();
    CHECK_FALSE(entered.get());
}

TEST_CASE("the first orders of a log wait for nobody") {
    EventStore store{std::make_unique<MemoryLog>()};
    Watermark<Position> followed;
    CHECK(Admission{store, followed}.is_open());
}
