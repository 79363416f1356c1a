// How many pieces have left for an order, as the journals of its sagas say. The stock itself knows only what is set
// aside now.
#pragma once

#include "eventstore/event_store.hpp"
#include "sagas/engine/process_manager.hpp"

#include <span>

namespace sillok::saga {

// Returns the quantity of this product that has left for the order and has not come back; 0 if there is none.
// Reads the durable log. Throws JournalUnreadable.
Quantity goods_sent(const EventStore& store, const OrderId& order, const ProductId& product,
                    std::span<const Manager> managers);

}  // namespace sillok::saga
