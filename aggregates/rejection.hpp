// Why a decider rejects a command: a business rule, named by a code that is part of the HTTP interface.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace sillok {

struct Rejection {
    enum class Reason {
        // product
        product_exists,
        product_unknown,
        product_discontinued,
        price_negative,
        // stock
        insufficient_stock,  // `available` says how many there are
        reservation_unknown,
        reservation_exists,  // the order holds one of another quantity
        already_committed,
        not_committed,     // no goods of this order have left, so none can come back
        negative_on_hand,  // an adjustment below the reserved quantity; `available` says how far it may go
        stock_overflow,
        // order
        order_exists,
        order_empty,
        currency_mismatch,
        already_confirmed,
        already_completed,
        already_rejected,
        already_cancelled,
        not_cancellable,
        not_confirmed,
        cancellation_not_requested,
        order_unknown,
        amount_overflow,
        // payment
        amount_exceeds_authorised,
        refund_exceeds_captured,
        payment_exists,
        already_authorised,
        already_captured,
        already_declined,
        already_voided,
        not_authorised,
        not_captured,
        amount_invalid,   // below zero; a refund of nothing
        outcome_unknown,  // the provider has not said what happened: it must be resolved first
        outcome_not_unknown,
        refund_pending,  // one refund at a time
        refund_not_requested,
        already_refunded,
        payment_not_required,  // the order costs nothing
        capture_not_refused,   // only what the provider refuses to pay is written off
        already_written_off,
        payment_unknown,  // no payment was requested for this order
        // delivery
        delivery_exists,
        not_prepared,
        not_started,
        already_started,
        already_delivered,
        already_returned,
        already_recalled,
        delivery_cancelled_already,  // code "already-cancelled", as for an order
        // customer
        customer_exists,
        customer_unknown,
        email_taken,
        // any command
        quantity_invalid,  // not 1 ... 2^31 - 1; an adjustment of 0
        nothing_to_change,
    };
    using enum Reason;

    Reason reason;
    std::optional<std::int64_t> available{};  // how many there are, where the reason says so
    friend bool operator==(const Rejection&, const Rejection&) = default;
};

// "insufficient-stock" and so on: part of the HTTP interface.
std::string_view code(Rejection::Reason reason);
// One sentence for people. Stored in the journals of sagas: it stays as it is.
std::string_view sentence(Rejection::Reason reason);

}  // namespace sillok
