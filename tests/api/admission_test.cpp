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

// A log of ten events. A follower may lag by three, and each order takes two events of its progress.
struct AdmissionFixture {
    explicit AdmissionFixture(std::chrono::milliseconds queue_timeout)
        : admission{
              store, followed, {.lag_max = 3, .events_per_order = 2, .queue_max = 2, .queue_timeout = queue_timeout}} {
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

bool is_waiting(std::future<bool>& entered) { return entered.wait_for(0s) == std::future_status::timeout; }

}  // namespace

TEST_CASE("an order is admitted at once while the lag is within the limit") {
    AdmissionFixture fixture{1h};
    fixture.followed.advance(Position{7});
    CHECK(fixture.admission.is_open());
    auto entered = fixture.enter();
    fixture.io.run();
    CHECK(entered.get());
}

TEST_CASE("an order waits while the lag is beyond the limit") {
    AdmissionFixture fixture{1h};
    fixture.followed.advance(Position{6});
    CHECK_FALSE(fixture.admission.is_open());
    auto entered = fixture.enter();
    fixture.io.poll();
    CHECK(is_waiting(entered));
    fixture.followed.advance(Position{7});
    fixture.io.run();
    CHECK(entered.get());
}

TEST_CASE("while the follower catches up, queued orders are admitted one by one, and the queue is bounded") {
    AdmissionFixture fixture{1h};
    fixture.followed.advance(Position{1});
    auto first = fixture.enter();
    auto second = fixture.enter();
    auto third = fixture.enter();
    fixture.io.poll();
    CHECK_FALSE(third.get());
    fixture.followed.advance(Position{2});
    fixture.io.poll();
    CHECK(is_waiting(first));
    fixture.followed.advance(Position{3});
    fixture.io.poll();
    CHECK(first.get());
    CHECK(is_waiting(second));
    fixture.followed.advance(Position{5});
    fixture.io.run();
    CHECK(second.get());
}

TEST_CASE("an order is refused after the queue's timeout") {
    AdmissionFixture fixture{1ms};
    fixture.followed.advance(Position{6});
    auto entered = fixture.enter();
    fixture.io.run();
    CHECK_FALSE(entered.get());
}

TEST_CASE("an order is refused when the follower has stopped") {
    AdmissionFixture fixture{1h};
    fixture.followed.close();
    auto entered = fixture.enter();
    fixture.io.run();
    CHECK_FALSE(entered.get());
}

TEST_CASE("the first orders of a log do not wait") {
    EventStore store{std::make_unique<MemoryLog>()};
    Watermark<Position> followed;
    CHECK(Admission{store, followed}.is_open());
}
