// Orders are also taken while the payment provider is unavailable. They are paid later.
#pragma once

#include "projections/views/order_history.hpp"
#include "sagas/payments/circuit_breaker.hpp"

#include <chrono>
#include <optional>

namespace sillok::api {

// Returns the time after which a client should look again, if the order's payment waits for an open breaker.
// Returns nothing while the breaker is closed, and for an order that is paid, confirmed or refused.
std::optional<std::chrono::seconds> pays_later(const OrderHistory::Row& row, const BreakerSnapshot& breaker);

}  // namespace sillok::api
