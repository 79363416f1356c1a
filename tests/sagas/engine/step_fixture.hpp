// Our own aggregates and one unit of work, for tests of what a saga asks of them.
#pragma once

#include "aggregates/command_processor.hpp"
#include "aggregates/delivery.hpp"
#include "aggregates/order.hpp"
#include "aggregates/payment.hpp"
#include "aggregates/stock.hpp"
#include "aggregates/unit_of_work.hpp"
#include "eventstore/event_store.hpp"
#include "eventstore/storage/memory_log.hpp"
#include "sagas/all_sagas.hpp"
#include "sagas/engine/saga_decisions.hpp"
#include "sagas/engine/saga_targets.hpp"
#include "tests/sagas/set_clock.hpp"

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <utility>

namespace sillok::saga {

struct StepFixture {
    // An order o1 of three pieces of "tv" for 300 won.
    StepFixture() {
        state.order = OrderId{"o1"};
        state.details = {CustomerId{"kim"}, "Seoul", {300, {{'K', 'R', 'W'}}}, {{ProductId{"tv"}, {3}}}};
    }

    // A command from outside.
    template <Decider D>
    void give(CommandProcessor<D>& processor, const typename D::Id& id, const typename D::Command& command) {
        REQUIRE(processor.submit(id, command, {{clock.now(), clock.new_id()}, {}, {}}));
    }
    // Writes what the unit holds.
    void commit() {
        Commit commit{.metadata = {.time = clock.now()}};
        unit.put_into(commit);
        if (commit.appends.empty()) return unit.give_up();
        const auto appended = store.propose(commit);
        REQUIRE(appended);
        unit.accepted(*appended);
    }
    Intent intent(Act act) { return {.act = act, .command_id = clock.new_id()}; }
    payment::Payment::Phase payment_phase() {
        return payments.with_state(state.order, [](const auto& payment, Version) { return payment.phase; });
    }

    SetClock clock;
    EventStore store{std::make_unique<MemoryLog>()};
    CommandProcessor<order::Order> orders{store};
    CommandProcessor<stock::Stock> stock{store};
    CommandProcessor<payment::Payment> payments{store};
    CommandProcessor<delivery::Delivery> deliveries{store};
    UnitOfWork unit;
    State state{*all_sagas().front().definition};
};

// "done already-captured", "refused not-authorised", "unknown".
inline std::string in_words(const StepResult& result) {
    std::string words{text(result.outcome)};
    if (!result.code.empty()) words.append(" ").append(result.code);
    return words;
}

}  // namespace sillok::saga
