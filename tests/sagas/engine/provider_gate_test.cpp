#include "sagas/engine/provider_gate.hpp"

#include "tests/sagas/set_clock.hpp"

#include <doctest/doctest.h>

#include <string>
#include <vector>

namespace sillok::saga {
namespace {

using namespace std::chrono_literals;

struct GateFixture {
    explicit GateFixture(std::size_t calls_max) : gate(clock, {}, calls_max) {}

    // The sagas that are released now, in order. Each begins a call.
    std::vector<std::string> called() {
        std::vector<std::string> streams;
        gate.release_ready([&](const std::string& stream) {
            streams.push_back(stream);
            gate.begin();
        });
        return streams;
    }

    SetClock clock;
    ProviderGate gate;
};

using streams = std::vector<std::string>;

TEST_CASE("sagas leave the queue in their order as calls end") {
    GateFixture sagas{2};
    for (const auto* stream : {"a", "b", "c", "d"}) sagas.gate.enqueue(stream);
    CHECK(sagas.called() == streams{"a", "b"});
    CHECK_FALSE(sagas.gate.may_call());
    sagas.gate.end();
    CHECK(sagas.called() == streams{"c"});
    CHECK(sagas.gate.size() == 1);
}

TEST_CASE("a saga that was removed from the queue is not released") {
    GateFixture sagas{1};
    for (const auto* stream : {"a", "b", "c"}) sagas.gate.enqueue(stream);
    sagas.gate.remove("b");
    sagas.gate.remove("nobody");
    CHECK(sagas.called() == streams{"a"});
    sagas.gate.end();
    CHECK(sagas.called() == streams{"c"});
}

TEST_CASE("no saga calls while the breaker is open, and those it delayed get time until they have called") {
    GateFixture sagas{1};
    CHECK_FALSE(sagas.gate.unavailable_until());
    sagas.gate.set_mode(BreakerMode::open);
    for (const auto* stream : {"a", "b"}) sagas.gate.enqueue(stream);
    CHECK(sagas.called().empty());
    CHECK(sagas.gate.unavailable_until() == sagas.clock.time);
    sagas.gate.set_mode(BreakerMode::closed);
    sagas.clock.time.value += 10;
    sagas.gate.enqueue("c");
    CHECK(sagas.called() == streams{"a"});
    CHECK(sagas.gate.unavailable_until() == sagas.clock.time);  // b has waited for the breaker, too
    sagas.clock.time.value += 10;
    sagas.gate.end();
    CHECK(sagas.called() == streams{"b"});
    const auto last = sagas.clock.time;
    sagas.clock.time.value += 10;
    CHECK(sagas.gate.unavailable_until() == last);  // c has not
}

TEST_CASE("a saga that leaves the queue takes no time from those that the breaker delayed") {
    GateFixture sagas{1};
    sagas.gate.set_mode(BreakerMode::open);
    for (const auto* stream : {"a", "b"}) sagas.gate.enqueue(stream);
    CHECK(sagas.called().empty());
    sagas.gate.set_mode(BreakerMode::closed);
    sagas.gate.enqueue("c");
    sagas.gate.remove("c");
    sagas.gate.remove("a");
    sagas.clock.time.value += 10;
    CHECK(sagas.gate.unavailable_until() == sagas.clock.time);
    sagas.gate.remove("b");
    sagas.clock.time.value += 10;
    CHECK(sagas.gate.unavailable_until() == Timestamp{sagas.clock.time.value - 10});
}

TEST_CASE("calls that fail open the breaker") {
    GateFixture sagas{100};
    for (int call = 0; call < 20; ++call) {
        const auto begun = sagas.gate.begin();
        sagas.gate.report(begun, CircuitBreaker::Outcome::failed, 1ms);
        sagas.gate.end();
    }
    CHECK(sagas.gate.snapshot().state == BreakerState::open);
    CHECK_FALSE(sagas.gate.may_call());
    sagas.clock.time.value += 60'000;
    CHECK(sagas.gate.may_call());
}

}  // namespace
}  // namespace sillok::saga
