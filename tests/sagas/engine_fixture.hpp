// The saga engine over a log in memory, without threads, under a clock that the test sets. The test is the provider.
//
//     EngineFixture sagas;
//     sagas.stock("tv", 10);
//     sagas.order("o1", 3);
//     sagas.respond(sagas.calls[0], provider::Approved{"auth-1"});
//     CHECK(sagas.phase("o1") == order::Order::Phase::confirmed);
#pragma once

#include "aggregates/codec/event_codec.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "eventstore/subscription.hpp"
#include "sagas/all_sagas.hpp"
#include "sagas/engine/saga_engine.hpp"
#include "tests/sagas/saga_scenario.hpp"
#include "tests/sagas/set_clock.hpp"

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace sillok {

struct EngineFixture {
    explicit EngineFixture(SagaEngineOptions options = {},
                           std::shared_ptr<LogStorage> disk = std::make_shared<MemoryLog>())
        : store(std::move(disk), {.writer = EventStoreOptions::Writer::caller}),
          engine(store, {orders, products, payments, deliveries}, clock, with_sagas(options), {},
                 [this](ProviderCall call) { calls.push_back(std::move(call)); }) {
        while (engine.is_behind()) engine.apply(events.poll());
        for (const auto& item : engine.pending()) engine.resume(item);
    }

    static SagaEngineOptions with_sagas(SagaEngineOptions options) {
        if (options.managers.empty()) options.managers = saga::all_sagas();
        return options;
    }

    // ---- commands from outside; then the sagas run until they wait
    template <Decider D>
    void give(CommandProcessor<D>& processor, const typename D::Id& id, const typename D::Command& command) {
        const auto command_id = clock.new_id();
        REQUIRE(processor.submit(id, command, {{clock.now(), command_id, command_id, {}, "test"}, {}, {}}));
        run();
    }
    void stock(const std::string& product, std::int64_t quantity) {
        give(products, ProductId{product}, stock::command::Receive{{quantity}});
    }
    void order(const std::string& id, std::int64_t quantity, std::int64_t unit_price = 100) {
        const Money price{unit_price, {{'K', 'R', 'W'}}};
        give(orders, OrderId{id},
             order::command::Place{CustomerId{"kim"}, "Kim", "Seoul", {{ProductId{"tv"}, "TV", {quantity}, price}}});
    }

    // ---- inputs of the engine
    // Writes the log and offers the events to the engine, until nothing follows any more.
    void run() {
        while (store.write_waiting() || events.position() < store.head()) engine.on_events(events.poll());
    }
    void pass(std::chrono::milliseconds wait) {
        clock.time.value += wait.count();
        engine.on_timers_due();
        run();
    }
    void respond(const ProviderCall& call, const ProviderResponse& response) {
        engine.report(call, response, std::chrono::milliseconds{1});
        engine.on_provider_response(call, response);
        run();
    }
    auto notify(const ProviderOperation& operation) {
        const auto id = clock.new_id();
        auto noticed = engine.on_provider_notice({operation, {clock.now(), id, {}, {}, "provider"}}, {});
        run();
        if (noticed && noticed->ignored.empty()) engine.follow_up(noticed->stream);
        pass(std::chrono::milliseconds{0});
        return noticed;
    }
    auto intervene(const std::string& stream, saga::OperatorAction verb, std::string result = {}) {
        const auto id = clock.new_id();
        auto intervened = engine.on_operator_action(
            {.stream = stream,
             .what = {.verb = verb, .step = {}, .reason = "because", .result = std::move(result)},
             .metadata = {clock.now(), id, id, {}, "lee"}});
        run();
        if (intervened) engine.follow_up(stream);
        pass(std::chrono::milliseconds{0});
        return intervened;
    }

    // ---- what there is then
    std::int64_t reserved(const std::string& product = "tv") {
        return products.with_state(ProductId{product},
                                   [](const stock::Stock::State& state, Version) { return state.reserved.value; });
    }
    order::Order::Phase phase(const std::string& id) {
        return orders.with_state(OrderId{id}, [](const order::Order::State& state, Version) { return state.phase; });
    }
    payment::Payment::State payment(const std::string& id) {
        return payments.with_state(OrderId{id}, [](const payment::Payment::State& state, Version) { return state; });
    }
    // The journal in words (saga_scenario.hpp).
    std::vector<std::string> journal(const std::string& stream) {
        std::vector<std::string> lines;
        for (const auto& recorded : store.read_stream(stream, Version{1}, 1'000))
            lines.push_back(saga::told(*decode<saga::Event>(recorded)));
        return lines;
    }

    SetClock clock;
    EventStore store;
    CommandProcessor<order::Order> orders{store};
    CommandProcessor<stock::Stock> products{store};
    CommandProcessor<payment::Payment> payments{store};
    CommandProcessor<delivery::Delivery> deliveries{store};
    std::vector<ProviderCall> calls;
    SagaEngine engine;
    Subscription events{store, Position{}};
};

}  // namespace sillok
