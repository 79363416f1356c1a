// Executes a saga's commands to our own aggregates: stock, order and delivery.
//
// Decisions are added to the caller's unit of work. The caller commits them together with the saga's journal entry.
// Repeats: a command that is executed again under its id changes nothing and gets the same result.
// Threads: one at a time.
// Errors:  StreamUnreadable if an aggregate has an event that this program cannot read.
#pragma once

#include "aggregates/unit_of_work.hpp"
#include "eventstore/event_store.hpp"
#include "sagas/engine/goods_sent.hpp"
#include "sagas/engine/process_manager.hpp"
#include "sagas/engine/saga_decisions.hpp"
#include "sagas/engine/saga_targets.hpp"

#include <cstdint>
#include <span>
#include <string>

namespace sillok::saga {

// When a cancelled order whose goods are on their way is paid back.
enum class RefundInTransit : std::uint8_t {
    on_return,  // when the goods are back
    at_once,
};

class OwnCommands {
   public:
    // REQUIRES: everything referred to outlives it.
    OwnCommands(EventStore& store, const SagaTargets& targets, UnitOfWork& unit, std::span<const Manager> managers,
                RefundInTransit refund)
        : store_(store), targets_(targets), unit_(unit), goods_sent_(store, managers), refund_in_transit_(refund) {}

    // Reads the order's details from the event that placed it; from the order's state if the event is another one.
    OrderDetails order_details(const Recorded& recorded, const OrderId& order);

    // Whether the intent stands in the log already. Then its command may have been executed in a commit of its own.
    enum class Resumed : bool { no, yes };
    // REQUIRES: !is_payment(intent.act), and the unit has nothing yet of the aggregate that the command goes to.
    StepResult execute(const State& state, const Intent& intent, Resumed resumed);

    // Where the order and its goods stand. REQUIRES (and of what follows): the unit has nothing yet of either.
    order::Order::Phase phase_of(const OrderId& order);
    bool are_goods_back(const OrderId& order) {
        return delivery_phase_of(order) == delivery::Delivery::Phase::returned;
    }
    // Throws StreamUnreadable where the order's delivery cannot be followed, so none of its events may be acted on.
    void follow_delivery(const OrderId& order) { delivery_phase_of(order); }
    // Asks for the order's cancellation on behalf of an operator. Returns false if the order refuses it.
    bool request_cancellation(const OrderId& order, const std::string& reason, const Uuid& operator_command);

   private:
    StepResult reserve_stock(const State& state, const Intent& intent);
    StepResult commit_stock(const ProductId& product, const OrderId& order, const Uuid& command_id);
    StepResult give_back_stock(const ProductId& product, const OrderId& order, const Uuid& command_id);
    StepResult close_order(const State& state, const Intent& intent);
    StepResult cancel_order(const State& state, const Intent& intent);
    StepResult prepare_delivery(const State& state, const Intent& intent);
    StepResult look_for_payment(const OrderId& order);
    StepResult look_for_return(const OrderId& order);
    StepResult cancel_delivery(const OrderId& order, const Uuid& command_id);
    delivery::Delivery::Phase delivery_phase_of(const OrderId& order);

    const EventStore& store_;
    const SagaTargets targets_;
    UnitOfWork& unit_;
    GoodsSent goods_sent_;
    const RefundInTransit refund_in_transit_;
};

}  // namespace sillok::saga
