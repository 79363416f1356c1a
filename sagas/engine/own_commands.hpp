// Executes a saga's commands to our own aggregates: stock, order and delivery.
//
// Decisions are added to the caller's unit of work. The caller commits them together with the saga's journal entry.
// Repeats: a command that is executed again under its id changes nothing and gets the same result.
// Threads: one at a time.
// Errors:  UnforeseenAnswer if an event cannot be decoded.
#pragma once

#include "aggregates/unit_of_work.hpp"
#include "eventstore/event_store.hpp"
#include "sagas/engine/saga_decisions.hpp"
#include "sagas/engine/saga_targets.hpp"

#include <cstdint>

namespace sillok::saga {

class OwnCommands {
   public:
    // REQUIRES: everything referred to outlives it.
    OwnCommands(const EventStore& store, const SagaTargets& targets, UnitOfWork& unit)
        : store_(store), targets_(targets), unit_(unit) {}

    // Reads the order's details from the event that placed it; from the order's state if the event is another one.
    OrderDetails order_details(const Recorded& recorded, const OrderId& order);

    // Whether the intent stands in the log already. Then its command may have been executed in a commit of its own.
    enum class Resumed : bool { no, yes };
    // REQUIRES: !is_payment(intent.act), and the unit has nothing yet of the aggregate that the command goes to.
    StepResult execute(const State& state, const Intent& intent, Resumed resumed);

   private:
    StepResult reserve_stock(const State& state, const Intent& intent);
    StepResult give_back_stock(const ProductId& product, const OrderId& order, const Uuid& command_id);
    StepResult close_order(const State& state, const Intent& intent);
    StepResult cancel_order(const State& state, const Intent& intent);
    StepResult prepare_delivery(const State& state, const Intent& intent);
    order::Order::Phase phase_of(const OrderId& order);

    const EventStore& store_;
    const SagaTargets targets_;
    UnitOfWork& unit_;
};

}  // namespace sillok::saga
