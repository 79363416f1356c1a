#include "api/handlers/pay_later.hpp"

#include <functional>
#include <string>

namespace sillok::api {

std::optional<std::chrono::seconds> pays_later(const OrderHistory::Row& row, const BreakerSnapshot& breaker) {
    using PaymentPhase = OrderHistory::PaymentPhase;
    const bool unpaid = row.payment_state == PaymentPhase::absent || row.payment_state == PaymentPhase::requested ||
                        row.payment_state == PaymentPhase::unknown;
    const bool open = row.state == OrderHistory::OrderPhase::placed && row.pending;
    if (breaker.state == BreakerState::closed || !open || !unpaid) return std::nullopt;
    const CallTraits call{{}, std::hash<std::string>{}(row.customer.value), row.total.amount};
    if (breaker.only_for.any() && !breaker.only_for.has(call)) return std::nullopt;
    return breaker.look_again;
}

}  // namespace sillok::api
