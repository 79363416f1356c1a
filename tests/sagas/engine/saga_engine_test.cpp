// The engine without threads, under a clock that the test sets. The test is the payment provider.
#include "sagas/engine/saga_engine.hpp"

#include "tests/sagas/engine_fixture.hpp"

#include <doctest/doctest.h>

#include <algorithm>
#include <memory>
#include <string>

namespace sillok {
namespace {

using namespace std::chrono_literals;
using Phase = order::Order::Phase;
using Paid = payment::Payment::Phase;
using Type = ProviderOperation::Type;

const std::string fulfilment = "saga-fulfilment-o1";

// An order o1 of three pieces of "tv". Its authorisation is the first call, unless the breaker is open.
struct OrderFixture : EngineFixture {
    explicit OrderFixture(BreakerMode breaker = BreakerMode::automatic,
                          std::shared_ptr<LogStorage> disk = std::make_shared<MemoryLog>())
        : EngineFixture({.reserve_for = 60s}, std::move(disk)) {
        engine.set_breaker(breaker);
        stock("tv", 10);
        order("o1", 3);
        REQUIRE(reserved() == 3);
        REQUIRE(calls.size() == (breaker == BreakerMode::open ? 0 : 1));
    }
    // The authorisation gets no response; the retry falls due while the breaker is open, so the saga queues.
    void queue_the_retry() {
        respond(calls[0], provider::Unknown{"no answer"});
        REQUIRE(payment("o1").phase == Paid::unknown);
        engine.set_breaker(BreakerMode::open);
        pass(20s);
        REQUIRE(calls.size() == 1);
        REQUIRE(engine.next_timer() == Timestamp{});  // the queue is polled
    }
    ProviderOperation authorised() {
        return {.type = Type::authorise,
                .key = calls[0].request.call.key,
                .order = OrderId{"o1"},
                .customer = CustomerId{"kim"},
                .amount = {300, {{'K', 'R', 'W'}}},
                .reference = "auth-1",
                .declined = {}};
    }
    std::ptrdiff_t count(const std::string& line) { return std::ranges::count(journal(fulfilment), line); }
};

// ---- expiry

TEST_CASE("a reservation is released in the very millisecond in which its time runs out, and the payment is queried") {
    OrderFixture sagas;
    sagas.pass(59'999ms);
    CHECK(sagas.reserved() == 3);
    sagas.pass(1ms);
    CHECK(sagas.reserved() == 0);
    CHECK(sagas.phase("o1") == Phase::placed);
    REQUIRE(sagas.calls.size() == 2);
    CHECK(sagas.calls[1].request.query);
    CHECK(sagas.calls[1].request.call.key == sagas.calls[0].command_id);
    // The response to the first call comes too late.
    sagas.respond(sagas.calls[0], provider::Approved{"late"});
    CHECK(sagas.phase("o1") == Phase::placed);
    CHECK(sagas.journal(fulfilment).back() == "ignored payment.answer: nobody waits for it any more");
    sagas.respond(sagas.calls[1], provider::NotReceived{});
    CHECK(sagas.phase("o1") == Phase::rejected);
    CHECK(sagas.calls.size() == 2);
}

TEST_CASE("a payment that was authorised when the time ran out is voided") {
    OrderFixture sagas;
    sagas.pass(60s);
    REQUIRE(sagas.calls.size() == 2);
    sagas.respond(sagas.calls[1], provider::Approved{"auth-1"});
    sagas.pass(60s);
    REQUIRE(sagas.calls.size() == 3);
    CHECK(sagas.calls[2].request.type == Type::void_);
    CHECK(sagas.calls[2].request.call.reference == "auth-1");
    sagas.respond(sagas.calls[2], provider::Approved{"auth-1"});
    CHECK(sagas.phase("o1") == Phase::rejected);
}

TEST_CASE("an order that was queued when its time ran out never calls the provider") {
    OrderFixture sagas{BreakerMode::open};
    sagas.pass(60s);
    CHECK(sagas.reserved() == 0);
    CHECK(sagas.phase("o1") == Phase::rejected);
    sagas.engine.set_breaker(BreakerMode::closed);
    sagas.pass(60s);
    CHECK(sagas.calls.empty());
}

TEST_CASE("the time runs on while no engine runs, and has run out when the next one starts") {
    const auto disk = std::make_shared<MemoryLog>();
    {
        const OrderFixture sagas{BreakerMode::automatic, disk};
    }
    EngineFixture later{{.reserve_for = 60s}, disk};
    later.run();
    CHECK(later.calls.size() == 1);  // the same call, with the same key
    CHECK(later.reserved() == 3);
    later.pass(60s);
    CHECK(later.reserved() == 0);
}

TEST_CASE("a confirmed order does not expire") {
    OrderFixture sagas;
    sagas.respond(sagas.calls[0], provider::Approved{"auth-1"});
    CHECK(sagas.phase("o1") == Phase::confirmed);
    CHECK_FALSE(sagas.engine.next_timer());
    sagas.pass(24h);
    CHECK(sagas.reserved() == 3);
    CHECK(sagas.phase("o1") == Phase::confirmed);
}

TEST_CASE("a confirmed order has no timer left, also if its saga was evicted from memory before") {
    EngineFixture sagas{{.states_max = 0, .reserve_for = 60s}};
    sagas.stock("tv", 10);
    sagas.order("o1", 3);
    sagas.stock("mat", 1);  // another batch: then the saga is evicted
    REQUIRE(sagas.calls.size() == 1);
    REQUIRE(sagas.engine.next_timer());
    sagas.respond(sagas.calls[0], provider::Approved{"auth-1"});
    CHECK(sagas.phase("o1") == Phase::confirmed);
    CHECK_FALSE(sagas.engine.next_timer());
}

// ---- the provider's notices

TEST_CASE("a response that comes after the provider's notice changes nothing") {
    OrderFixture sagas;
    REQUIRE(sagas.notify(sagas.authorised()));
    REQUIRE(sagas.phase("o1") == Phase::confirmed);
    sagas.respond(sagas.calls[0], provider::Approved{"auth-1"});
    CHECK(sagas.count("done authorise") == 1);
    CHECK(sagas.journal(fulfilment).back() == "ignored payment.answer: nobody waits for it any more");
    CHECK(sagas.payment("o1").phase == Paid::authorised);
    CHECK(sagas.engine.known().parked.empty());
    CHECK(sagas.calls.size() == 1);
}

TEST_CASE("a queued saga that gets its response as a notice leaves the queue, and calls nobody") {
    OrderFixture sagas;
    sagas.queue_the_retry();
    REQUIRE(sagas.notify(sagas.authorised()));
    CHECK(sagas.phase("o1") == Phase::confirmed);
    sagas.engine.set_breaker(BreakerMode::closed);
    sagas.pass(1h);
    CHECK(sagas.calls.size() == 1);
    CHECK(sagas.engine.known().parked.empty());
    CHECK_FALSE(sagas.engine.next_timer());
}

// ---- operators

TEST_CASE("a queued saga whose step is skipped leaves the queue, and calls nobody") {
    OrderFixture sagas;
    sagas.queue_the_retry();
    REQUIRE(sagas.intervene(fulfilment, saga::OperatorAction::skip, "cash"));
    CHECK(sagas.phase("o1") == Phase::confirmed);
    const auto journal = sagas.journal(fulfilment);
    CHECK(journal.back().ends_with("done prepare"));
    sagas.engine.set_breaker(BreakerMode::closed);
    sagas.pass(1h);
    CHECK(sagas.calls.size() == 1);
    CHECK(sagas.journal(fulfilment) == journal);
}

TEST_CASE("a queued saga that is retried queues again, and calls once") {
    OrderFixture sagas;
    sagas.queue_the_retry();
    REQUIRE(sagas.intervene(fulfilment, saga::OperatorAction::retry));
    CHECK(sagas.calls.size() == 1);
    sagas.engine.set_breaker(BreakerMode::closed);
    sagas.pass(1ms);
    REQUIRE(sagas.calls.size() == 2);
    CHECK(sagas.calls[1].request.call.key == sagas.calls[0].request.call.key);
    sagas.respond(sagas.calls[1], provider::Approved{"auth-1"});
    CHECK(sagas.phase("o1") == Phase::confirmed);
    sagas.pass(1h);
    CHECK(sagas.calls.size() == 2);
}

}  // namespace
}  // namespace sillok
