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
// Refused before the pivot, not confirmed in time, or compensated by an operator: all stock is released, then the
// payment is undone, then Order.Reject with the reason.
// order.cancellationRequested: no further step begins; the saga ends "stopped". It waits for the response to a call
//   that is in flight, and for nothing else: the cancellation finds out what became of it.
// order.cancellationRefused: the goods have arrived, and the stopped saga goes on where it was.
// delivery.returned: the goods come back, then the money, then Order.Return; even after the saga has completed. It does
//   not wait for a capture that has no response or was refused.
#pragma once

#include "sagas/engine/process_manager.hpp"

namespace sillok::saga {

struct Fulfilment {  // satisfies concept ProcessManager
    static const Definition& definition();
    static std::optional<OrderId> instance(const Recorded& recorded);
    static std::optional<Event> react(const State& state, const Trigger& trigger);
};

}  // namespace sillok::saga
