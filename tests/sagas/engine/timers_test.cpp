#include "sagas/engine/timers.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sillok::saga {
namespace {

using streams = std::vector<std::string>;

streams due(Timers& timers, std::int64_t now) {
    streams popped;
    while (const auto timer = timers.pop_due(Timestamp{now}))
        popped.push_back((timer->kind == Timer::Kind::expiry ? "expiry " : "retry ") + timer->stream);
    return popped;
}

TEST_CASE("a timer is due at its time and not before, and only once") {
    Timers timers;
    timers.set_retry("a", Timestamp{10});
    CHECK(timers.next() == Timestamp{10});
    CHECK(due(timers, 9).empty());
    CHECK(due(timers, 10) == streams{"retry a"});
    CHECK(due(timers, 10).empty());
    CHECK_FALSE(timers.next());
}

TEST_CASE("expiries are due before retries; retries by time, and at one time in the order in which they were set") {
    Timers timers;
    timers.set_retry("z", Timestamp{5});
    timers.set_retry("b", Timestamp{5});
    timers.set_expiry("d", Timestamp{5});
    timers.set_expiry("c", Timestamp{5});
    timers.set_retry("a", Timestamp{4});
    CHECK(due(timers, 5) == streams{"expiry c", "expiry d", "retry a", "retry z", "retry b"});
}

TEST_CASE("an expiry that is set twice is due once") {
    Timers timers;
    timers.set_expiry("a", Timestamp{5});
    timers.set_expiry("a", Timestamp{5});
    CHECK(due(timers, 5) == streams{"expiry a"});
}

TEST_CASE("a cancelled timer is never due, and leaves the others of its saga and of its time") {
    Timers timers;
    for (const auto* stream : {"a", "b", "c"}) timers.set_retry(stream, Timestamp{5});
    timers.set_expiry("b", Timestamp{5});
    timers.cancel_retry("b", Timestamp{5});
    CHECK(timers.retries() == 2);
    CHECK(due(timers, 5) == streams{"expiry b", "retry a", "retry c"});
    timers.set_expiry("b", Timestamp{6});
    timers.cancel_expiry("b", Timestamp{7});  // not set
    timers.cancel_expiry("b", Timestamp{6});
    CHECK_FALSE(timers.next());
}

}  // namespace
}  // namespace sillok::saga
