// Which of the newest groups are still in memory.
#include "eventstore/writer/recent_events.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>

namespace sillok {

namespace {

// A group of events at these positions, with `bytes` bytes of records.
std::shared_ptr<const SealedGroup> group(std::uint64_t first, std::uint64_t last, std::size_t bytes = 0) {
    auto sealed = std::make_shared<SealedGroup>();
    sealed->records.assign(bytes, 'x');
    for (auto position = first; position <= last; ++position) {
        Recorded event{};
        event.position = Position{position};
        sealed->events.push_back(event);
    }
    return sealed;
}

}  // namespace

TEST_CASE("events after a position are given up to the end of their group, and up to the limit") {
    RecentEvents recent{1u << 20};
    recent.push(group(5, 7));
    recent.push(group(8, 8));
    const auto batch = recent.after(Position{5}, 100);
    REQUIRE(batch);
    CHECK(batch->front().position == Position{6});
    CHECK(batch->back().position == Position{7});
    CHECK(recent.after(Position{4}, 2)->size() == 2);
    CHECK(recent.after(Position{7}, 100)->front().position == Position{8});
}

TEST_CASE("events before the first kept group are not recent") {
    RecentEvents recent{1u << 20};
    recent.push(group(5, 7));
    CHECK_FALSE(recent.after(Position{3}, 100));
    CHECK(recent.after(Position{4}, 100));
}

TEST_CASE("the oldest groups are dropped when there are too many bytes, but never the newest") {
    RecentEvents recent{1000};
    recent.push(group(1, 1, 5000));
    CHECK(recent.after(Position{0}, 1));
    recent.push(group(2, 2, 5000));
    CHECK_FALSE(recent.after(Position{0}, 1));
    CHECK(recent.after(Position{1}, 1));
}

TEST_CASE("a batch keeps its memory when its group is dropped") {
    RecentEvents recent{1};
    recent.push(group(1, 1, 5000));
    const auto batch = recent.after(Position{0}, 1);
    recent.push(group(2, 2, 5000));
    CHECK(batch->front().position == Position{1});
}

}  // namespace sillok
