// From a requested cancellation to a cancelled order, or to an order that stands because it was delivered.
//
// It waits until fulfilment has answered the same request: by ending, or by recording that it had ended before.
// Then: cancel the delivery (there may be none), release or return the stock per product, void or refund the payment,
// Order.Cancel.
//
// On their way:  the goods are called back. They have left the stock until delivery.cancelled says that they are here;
//                then the saga goes on. If delivery.completed comes instead, they have arrived after all.
// Delivered:     the order stands: order.cancellationRefused at once, ended "refused". Fulfilment goes on from there.
//                If the money was paid back early, the saga is parked: goods and money are with the customer.
#pragma once

#include "sagas/engine/process_manager.hpp"

namespace sillok::saga {

struct Cancellation {  // satisfies concept ProcessManager
    static const Definition& definition();
    static std::optional<OrderId> instance(const Recorded& recorded);
    static std::optional<Event> react(const State& state, const Trigger& trigger);
};

}  // namespace sillok::saga
