#include "projections/engine/consumed.hpp"

#include "tests/projections/projection_fixture.hpp"

using namespace sillok;
using namespace sillok::testing;

namespace {

// The checkpoint after the events of the log up to a position.
ProjectionCheckpoint after(const EventStore& log, Position position) {
    ConsumedChain chain;
    for (const auto& event : log.read_log(Position{0}, position.value)) chain.add(event);
    return chain.checkpoint();
}

}  // namespace

TEST_CASE("a chain that is resumed at any position ends like one that was never interrupted") {
    Log log;
    RandomHistory{50}.append_to(log, 200);
    const auto head = log.store().head();
    REQUIRE(head.value > 150);
    const auto whole = after(log.store(), head);
    CHECK(whole.consumed.position == head);
    CHECK(whole.consumed.events == head.value);
    for (std::uint64_t position = 0; position <= head.value; ++position) {
        auto chain = ConsumedChain::resume(after(log.store(), Position{position}), log.store());
        REQUIRE(chain);
        CHECK(chain->position() == Position{position});
        for (const auto& event : log.store().read_log(Position{position}, head.value)) chain->add(event);
        CHECK(chain->checkpoint() == whole);
    }
}

TEST_CASE("a checkpoint that skipped, repeated or changed an event differs from a true one") {
    Log log;
    RandomHistory{51}.append_to(log, 200);
    const auto events = log.store().read_log(Position{0}, 150);
    const auto truth = after(log.store(), Position{150});
    const auto told = [&](std::size_t skipped, std::size_t repeated) {
        ConsumedChain chain;
        for (std::size_t at = 0; at < events.size(); ++at) {
            if (at != skipped) chain.add(events[at]);
            if (at == repeated) chain.add(events[at]);
        }
        return chain.checkpoint();
    };
    constexpr std::size_t none = 1'000;
    CHECK(told(none, none) == truth);
    for (const std::size_t at : {0u, 63u, 64u, 100u, 148u}) {
        CHECK(told(at, none).consumed.hash != truth.consumed.hash);
        CHECK(told(none, at).consumed.hash != truth.consumed.hash);
        CHECK(told(at, at + 1).consumed.hash != truth.consumed.hash);  // as many events, but not the same
        CHECK_FALSE(ConsumedChain::resume(told(at, none), log.store()));
    }
    auto beyond = truth;
    beyond.consumed.position = next(log.store().head());
    CHECK_FALSE(ConsumedChain::resume(beyond, log.store()));
}
