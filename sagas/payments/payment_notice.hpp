// What a payment provider tells of its own accord, as the body of a webhook (standard_webhook.hpp): one of its
// bookings.
//
//   {"type": "payment.authorised", "timestamp": "2026-11-20T18:36:20.248Z", "data": a booking (provider_operation.hpp)}
//
//   operation   approved              declined
//   authorise   payment.authorised    payment.declined
//   capture     payment.captured      payment.captureFailed
//   void        payment.voided        payment.voidFailed
//   refund      payment.refunded      payment.refundFailed
//
// `key` is the Idempotency-Key of the call that it is about, `amount` that of the call (of a void: what was
// authorised), `reference` the authorisation's. The customer may be left out. Members beyond these are the provider's
// own affair.
#pragma once

#include "eventstore/base/clock.hpp"
#include "sagas/payments/provider_operation.hpp"

#include <nlohmann/json_fwd.hpp>

#include <expected>
#include <string>
#include <string_view>

namespace sillok {

// "payment.authorised". REQUIRES: it is no giving up: whoever did that knows it.
std::string_view notice_type(const Booking& booking);

std::string payment_notice(const Booking& booking, Timestamp at);

// What is wrong with a notice: where (a JSON Pointer) and what.
struct NoticeFlaw {
    std::string pointer;
    std::string what;
};
std::expected<Booking, NoticeFlaw> booking_told_of(const nlohmann::json& notice);

}  // namespace sillok
