// From a requested cancellation to a cancelled order, or to an order that stands because it was delivered.
//
// It waits until fulfilment has answered the same request: by ending, or by recording that it had ended before.
// Then: cancel the delivery (none: fine; delivered: the order stands, Order.Complete, ended "refused"),
// void or refund the payment, release or return the stock per product, Order.Cancel.
#pragma once

#include "sagas/engine/process_manager.hpp"

namespace sillok::saga {

struct Cancellation {  // satisfies concept ProcessManager
    static const Definition& definition();
    static std::optional<OrderId> instance(const Recorded& recorded);
    static std::optional<Event> react(const State& state, const Trigger& trigger);
};

}  // namespace sillok::saga
