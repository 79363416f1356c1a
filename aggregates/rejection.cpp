#include "aggregates/rejection.hpp"

#include <utility>

namespace sillok {
namespace {

struct Words {
    std::string_view code;
    std::string_view sentence;
};

constexpr Words words(Rejection::Reason reason) {
    switch (reason) {
        case Rejection::product_exists: return {"product-exists", "There is a product with this id already."};
        case Rejection::product_unknown: return {"product-unknown", "There is no such product."};
        case Rejection::product_discontinued: return {"product-discontinued", "The product has been discontinued."};
        case Rejection::price_negative: return {"price-negative", "A price cannot be below zero."};

        case Rejection::insufficient_stock: return {"insufficient-stock", "There are not enough pieces left."};
        case Rejection::reservation_unknown: return {"reservation-unknown", "Nothing is set aside for this order."};
        case Rejection::reservation_exists:
            return {"reservation-exists", "Another quantity is set aside for this order."};
        case Rejection::already_committed: return {"already-committed", "The goods of this order have left already."};
        case Rejection::not_committed: return {"not-committed", "The goods of this order have not left."};
        case Rejection::negative_on_hand:
            return {"negative-on-hand", "That would leave less than what is set aside for orders."};
        case Rejection::stock_overflow: return {"stock-overflow", "That is more than can be counted."};

        case Rejection::order_exists: return {"order-exists", "There is an order with this id already."};
        case Rejection::order_empty: return {"order-empty", "An order needs at least one line."};
        case Rejection::currency_mismatch: return {"currency-mismatch", "The amounts are not all in one currency."};
        case Rejection::already_confirmed: return {"already-confirmed", "The order has been confirmed already."};
        case Rejection::already_completed: return {"already-completed", "The order has been completed already."};
        case Rejection::already_rejected: return {"already-rejected", "The order has been rejected already."};
        case Rejection::already_cancelled: return {"already-cancelled", "The order has been cancelled already."};
        case Rejection::not_cancellable:
            return {"not-cancellable", "The order has come to its end and cannot be cancelled."};
        case Rejection::not_confirmed: return {"not-confirmed", "The order has not been confirmed yet."};
        case Rejection::cancellation_not_requested:
            return {"cancellation-not-requested", "Nobody has asked to cancel the order."};
        case Rejection::order_unknown: return {"order-unknown", "There is no such order."};
        case Rejection::amount_overflow: return {"amount-overflow", "The amount is too large."};

        case Rejection::amount_exceeds_authorised:
            return {"amount-exceeds-authorised", "That is more than was authorised."};
        case Rejection::refund_exceeds_captured:
            return {"refund-exceeds-captured", "That is more than is left of what was captured."};
        case Rejection::payment_exists:
            return {"payment-exists", "A payment has been requested for this order already."};
        case Rejection::already_authorised: return {"already-authorised", "The payment has been authorised already."};
        case Rejection::already_captured: return {"already-captured", "The payment has been captured already."};
        case Rejection::already_declined: return {"already-declined", "The payment has been declined already."};
        case Rejection::already_voided: return {"already-voided", "The payment has been voided already."};
        case Rejection::not_authorised: return {"not-authorised", "The payment has not been authorised."};
        case Rejection::not_captured: return {"not-captured", "The payment has not been captured."};
        case Rejection::amount_invalid: return {"amount-invalid", "This is not an amount that can be paid."};
        case Rejection::outcome_unknown: return {"outcome-unknown", "It is not known yet what became of the payment."};
        case Rejection::outcome_not_unknown:
            return {"outcome-not-unknown", "What became of the payment is not in doubt."};
        case Rejection::refund_pending: return {"refund-pending", "A refund is in progress already."};
        case Rejection::refund_not_requested: return {"refund-not-requested", "No refund is in progress."};
        case Rejection::already_refunded:
            return {"already-refunded", "All that was captured has been refunded already."};
        case Rejection::payment_not_required:
            return {"payment-not-required", "The order costs nothing, so there is no payment."};
        case Rejection::capture_not_refused:
            return {"capture-not-refused", "The provider has not refused to capture the payment."};
        case Rejection::already_written_off:
            return {"already-written-off", "The payment has been written off already."};
        case Rejection::payment_unknown: return {"payment-unknown", "No payment has been requested for this order."};

        case Rejection::delivery_exists: return {"delivery-exists", "The delivery has been prepared already."};
        case Rejection::not_prepared: return {"not-prepared", "The delivery has not been prepared."};
        case Rejection::not_started: return {"not-started", "The delivery has not been started."};
        case Rejection::already_started: return {"already-started", "The delivery has been started already."};
        case Rejection::already_delivered: return {"already-delivered", "The goods have been delivered already."};
        case Rejection::already_returned: return {"already-returned", "The goods have been returned already."};
        case Rejection::already_recalled:
            return {"already-recalled", "The goods have been called back, and are still on their way."};
        case Rejection::delivery_cancelled_already:
            return {"already-cancelled", "The delivery has been cancelled already."};

        case Rejection::customer_exists: return {"customer-exists", "There is a customer with this id already."};
        case Rejection::customer_unknown: return {"customer-unknown", "There is no such customer."};
        case Rejection::email_taken: return {"email-taken", "Another customer uses this e-mail address."};

        case Rejection::quantity_invalid: return {"quantity-invalid", "This is not a quantity that can be handled."};
        case Rejection::nothing_to_change: return {"nothing-to-change", "Everything is so already."};
    }
    std::unreachable();  // every reason has its words; the compiler checks that
}

}  // namespace

std::string_view code(Rejection::Reason reason) { return words(reason).code; }
std::string_view sentence(Rejection::Reason reason) { return words(reason).sentence; }

}  // namespace sillok
