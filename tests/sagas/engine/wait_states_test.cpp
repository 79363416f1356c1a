#include "sagas/engine/wait_states.hpp"

#include "tests/sagas/set_clock.hpp"

#include <doctest/doctest.h>

#include <string>

namespace sillok::saga {
namespace {

struct WaitFixture {
    SetClock clock;
    ProviderGate gate{clock, {}, 1};
    Timers timers;
    WaitStates waits{gate, timers};
};

TEST_CASE("a saga that waits for its turn stands in the gate's queue until it stops") {
    WaitFixture sagas;
    sagas.waits.begin("a", wait::Queued{});
    CHECK(sagas.gate.size() == 1);
    CHECK_FALSE(sagas.waits.is_idle("a"));
    sagas.waits.stop("a");
    CHECK(sagas.gate.size() == 0);
    CHECK(sagas.waits.is_idle("a"));
}

TEST_CASE("a saga that waits for its next attempt has a retry timer until it stops") {
    WaitFixture sagas;
    sagas.waits.begin("a", wait::Until{Timestamp{7}});
    CHECK(sagas.timers.next() == Timestamp{7});
    sagas.waits.stop("a");
    CHECK_FALSE(sagas.timers.next());
    CHECK(sagas.waits.is_idle("a"));
}

TEST_CASE("a saga that awaits a response is neither queued nor timed") {
    WaitFixture sagas;
    sagas.waits.begin("a", wait::InFlight{});
    CHECK_FALSE(sagas.waits.is_idle("a"));
    CHECK(sagas.gate.size() == 0);
    CHECK_FALSE(sagas.timers.next());
    sagas.waits.stop("a");
    CHECK(sagas.waits.is_idle("a"));
    sagas.waits.stop("a");
    CHECK(sagas.waits.is_idle("a"));
}

TEST_CASE("a saga whose turn or time has come is idle, and can wait again") {
    WaitFixture sagas;
    sagas.waits.begin("a", wait::Queued{});
    sagas.waits.begin("b", wait::Until{Timestamp{7}});
    sagas.gate.release_ready([&](const std::string& stream) {
        sagas.waits.released(stream);
        CHECK(sagas.waits.is_idle("a"));
        sagas.waits.begin(stream, wait::Until{Timestamp{9}});
    });
    const auto due = sagas.timers.pop_due(Timestamp{7});
    REQUIRE(due);
    sagas.waits.released(due->stream);
    CHECK(sagas.waits.is_idle("b"));
    CHECK(sagas.timers.next() == Timestamp{9});
}

}  // namespace
}  // namespace sillok::saga
