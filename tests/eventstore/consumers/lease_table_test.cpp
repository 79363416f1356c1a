// Who holds which streams, at which time.
#include "eventstore/consumers/lease_table.hpp"

#include <doctest/doctest.h>

#include <vector>

namespace sillok {

namespace {

using namespace std::chrono_literals;

constexpr StreamSlot a{1}, b{2}, c{3};

LeaseTable::TimePoint at(std::chrono::milliseconds time) { return LeaseTable::TimePoint{time}; }
using Freed = std::vector<StreamSlot>;

}  // namespace

TEST_CASE("a lease begins with the first stream and covers those that follow") {
    LeaseTable leases{10ms};
    const auto anna = leases.join();
    CHECK_FALSE(leases.next_end());
    leases.hold(anna, a, at(0ms));
    leases.hold(anna, b, at(9ms));
    CHECK(leases.next_end() == at(10ms));
    CHECK(leases.end_expired(at(9ms)).empty());
    CHECK(leases.end_expired(at(10ms)) == Freed{a, b});
    CHECK(leases.held_by(anna).empty());
    CHECK_FALSE(leases.next_end());
}

TEST_CASE("a lease that is renewed in time begins again; one that has ended cannot be renewed") {
    LeaseTable leases{10ms};
    const auto anna = leases.join();
    CHECK_FALSE(leases.renew(anna, at(0ms)));
    leases.hold(anna, a, at(0ms));
    CHECK(leases.renew(anna, at(9ms)));
    CHECK(leases.end_expired(at(18ms)).empty());
    CHECK(leases.end_expired(at(19ms)) == Freed{a});
    CHECK_FALSE(leases.renew(anna, at(19ms)));
}

TEST_CASE("each consumer has a lease of its own, and the next end is the earliest") {
    LeaseTable leases{10ms};
    const auto anna = leases.join();
    const auto ben = leases.join();
    leases.hold(anna, a, at(5ms));
    leases.hold(ben, b, at(0ms));
    CHECK(leases.next_end() == at(10ms));
    CHECK(leases.holds(anna, a));
    CHECK_FALSE(leases.holds(ben, a));
    CHECK(leases.end_expired(at(12ms)) == Freed{b});
    CHECK(leases.next_end() == at(15ms));
}

TEST_CASE("a consumer that has released everything has no lease; its next stream begins a new one") {
    LeaseTable leases{10ms};
    const auto anna = leases.join();
    leases.hold(anna, a, at(0ms));
    leases.release(anna, a);
    CHECK_FALSE(leases.next_end());
    CHECK(leases.end_expired(at(100ms)).empty());
    leases.hold(anna, b, at(100ms));
    CHECK(leases.next_end() == at(110ms));
}

TEST_CASE("a consumer that leaves gives up its streams, and its number is never given again") {
    LeaseTable leases{10ms};
    const auto anna = leases.join();
    leases.hold(anna, b, at(0ms));
    leases.hold(anna, c, at(0ms));
    CHECK(leases.leave(anna) == LeaseTable::Streams{b, c});
    CHECK_FALSE(leases.next_end());
    CHECK(leases.join() != anna);
}

}  // namespace sillok
