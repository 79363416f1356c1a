// From an order placed to an order completed, or undone.
//
//   reserve    Stock.Reserve per product      undone by Stock.Release (Stock.Return once committed)
//   authorise  the payment provider           undone by void (refund once captured)
//   confirm    Order.Confirm                  the pivot
//   prepare    Delivery.Prepare               forward only, as all that follows
//   commit     on delivery.started: Stock.Commit per product
//   capture    the payment provider
//   complete   on delivery.completed: Order.Complete
//
// Refused before the pivot: undone in reverse, then Order.Reject with the reason.
// order.cancellationRequested: nothing more is begun; once what is under way is settled, it ends "stopped".
// delivery.returned: the money and the goods come back, even after the saga had completed.
#pragma once

#include "sagas/engine/process_manager.hpp"

namespace sillok::saga {

struct Fulfilment {  // satisfies concept ProcessManager
    static const Definition& definition();
    static std::optional<OrderId> instance(const Recorded& recorded);
    static std::optional<Event> react(const State& state, const Trigger& trigger);
    static std::optional<Event> next(const State& state, const DecisionContext& moment) {
        return saga::next(state, moment);
    }
    static std::optional<Intent> resume(const State& state) { return saga::resume(state); }
    static event::CommandCompleted settle(const State& state, const Answer& answer, const DecisionContext& moment) {
        return saga::settle(state, answer, moment);
    }
    static State evolve(State state, const Event& event) { return saga::evolve(std::move(state), event); }
};

}  // namespace sillok::saga
