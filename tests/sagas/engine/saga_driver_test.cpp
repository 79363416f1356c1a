// The driver without threads, at a clock that is set by hand.
#include "sagas/engine/saga_driver.hpp"

#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/stock.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "eventstore/subscription.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sillok {
namespace {

using namespace std::chrono_literals;

class SetClock final : public Clock {
   public:
    Timestamp now() const override { return time; }
    std::uint64_t random() const override { return ++count_ * 0x9e3779b97f4a7c15ULL; }
    Timestamp time{1'700'000'000'000};

   private:
    mutable std::uint64_t count_ = 0;
};

// A backend whose provider is the test itself.
struct Backroom {
    explicit Backroom(SagaDriverOptions options = {}, std::shared_ptr<LogStorage> disk = std::make_shared<MemoryLog>())
        : store(std::move(disk), {.writer = EventStoreOptions::Writer::caller}),
          driver(store, {orders, stock, payments, deliveries}, clock, options, {},
                 [this](ProviderCall call) { calls.push_back(std::move(call)); }) {
        while (driver.is_behind()) driver.take_in(events.poll());
        for (const auto& owed : driver.owed()) driver.take_up(owed);
    }

    template <Decider D>
    void give(CommandProcessor<D>& processor, const typename D::Id& id, const typename D::Command& command) {
        const auto command_id = clock.new_id();
        REQUIRE(processor.submit(id, command, {{clock.now(), command_id, command_id, {}, "test"}, {}, {}}));
    }
    void order(const std::string& id, std::int64_t quantity) {
        give(orders, OrderId{id},
             order::command::Place{
                 CustomerId{"kim"}, "Kim", "Seoul", {{ProductId{"tv"}, "TV", {quantity}, {100, {{'K', 'R', 'W'}}}}}});
    }
    // The log is written, and the sagas hear of it, until nothing more follows.
    void settles() {
        while (store.write_waiting() || events.position() < store.head()) driver.take(events.poll());
    }
    void passes(std::chrono::milliseconds wait) {
        clock.time.value += wait.count();
        driver.on_time();
        settles();
    }
    void answers(const ProviderCall& call, const ProviderResponse& said) {
        driver.report(call, said, 1ms);
        driver.bring_home(call, said);
        settles();
    }
    std::int64_t reserved() {
        return stock.with_state(ProductId{"tv"},
                                [](const stock::Stock::State& state, Version) { return state.reserved.value; });
    }
    order::Order::Phase phase(const std::string& id) {
        return orders.with_state(OrderId{id}, [](const order::Order::State& state, Version) { return state.phase; });
    }

    SetClock clock;
    EventStore store;
    CommandProcessor<order::Order> orders{store};
    CommandProcessor<stock::Stock> stock{store};
    CommandProcessor<payment::Payment> payments{store};
    CommandProcessor<delivery::Delivery> deliveries{store};
    std::vector<ProviderCall> calls;
    SagaDriver driver;
    Subscription events{store, Position{}};
};

using Phase = order::Order::Phase;
using Ask = saga::PaymentErrand::Ask;

TEST_CASE("a reservation is released in the very millisecond in which its time runs out, and the payment given up") {
    Backroom room{{.reserve_for = 60s}};
    room.give(room.stock, ProductId{"tv"}, stock::command::Receive{{10}});
    room.order("o1", 3);
    room.settles();
    REQUIRE(room.calls.size() == 1);
    CHECK(room.reserved() == 3);
    room.passes(59'999ms);
    CHECK(room.reserved() == 3);
    room.passes(1ms);
    CHECK(room.reserved() == 0);
    CHECK(room.phase("o1") == Phase::placed);
    REQUIRE(room.calls.size() == 2);
    CHECK(room.calls[1].errand.query);
    CHECK(room.calls[1].errand.call.key == room.calls[0].command_id);
    // The answer to the first call comes all the same, and too late.
    room.answers(room.calls[0], provider::Approved{"late"});
    CHECK(room.phase("o1") == Phase::placed);
    const auto journal =
        room.store.read_stream_back("saga-fulfilment-o1", room.store.version_of("saga-fulfilment-o1"), 1);
    CHECK(journal.front().type == "saga.ignored");
    room.answers(room.calls[1], provider::NotReceived{});
    CHECK(room.phase("o1") == Phase::rejected);
    CHECK(room.calls.size() == 2);
}

TEST_CASE("a payment that was authorised when the time ran out is let go of") {
    Backroom room{{.reserve_for = 60s}};
    room.give(room.stock, ProductId{"tv"}, stock::command::Receive{{10}});
    room.order("o1", 3);
    room.settles();
    room.passes(60s);
    REQUIRE(room.calls.size() == 2);
    room.answers(room.calls[1], provider::Approved{"auth-1"});
    room.passes(60s);
    REQUIRE(room.calls.size() == 3);
    CHECK(room.calls[2].errand.ask == Ask::void_authorisation);
    CHECK(room.calls[2].errand.call.reference == "auth-1");
    room.answers(room.calls[2], provider::Approved{"auth-1"});
    CHECK(room.phase("o1") == Phase::rejected);
}

TEST_CASE("an order that stood in line when its time ran out never calls the provider") {
    Backroom room{{.reserve_for = 60s}};
    room.driver.set_breaker(BreakerMode::open);
    room.give(room.stock, ProductId{"tv"}, stock::command::Receive{{10}});
    room.order("o1", 3);
    room.settles();
    CHECK(room.reserved() == 3);
    room.passes(60s);
    CHECK(room.reserved() == 0);
    CHECK(room.phase("o1") == Phase::rejected);
    room.driver.set_breaker(BreakerMode::closed);
    room.passes(60s);
    CHECK(room.calls.empty());
}

TEST_CASE("the time runs on while nobody drives the sagas, and has run out when they are driven again") {
    const auto disk = std::make_shared<MemoryLog>();
    {
        Backroom room{{.reserve_for = 60s}, disk};
        room.give(room.stock, ProductId{"tv"}, stock::command::Receive{{10}});
        room.order("o1", 3);
        room.settles();
    }
    Backroom later{{.reserve_for = 60s}, disk};
    later.settles();
    CHECK(later.calls.size() == 1);  // the same call under the same id
    CHECK(later.reserved() == 3);
    later.passes(60s);
    CHECK(later.reserved() == 0);
}

TEST_CASE("a confirmed order has all the time in the world") {
    Backroom room{{.reserve_for = 60s}};
    room.give(room.stock, ProductId{"tv"}, stock::command::Receive{{10}});
    room.order("o1", 3);
    room.settles();
    room.answers(room.calls[0], provider::Approved{"auth-1"});
    CHECK(room.phase("o1") == Phase::confirmed);
    CHECK_FALSE(room.driver.wakes_at());
    room.passes(24h);
    CHECK(room.reserved() == 3);
    CHECK(room.phase("o1") == Phase::confirmed);
}

}  // namespace
}  // namespace sillok
