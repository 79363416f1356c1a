// The body of a webhook from the payment provider (standard_webhook.hpp): one of its operations.
//
//   {"type": "payment.authorised", "timestamp": "2026-11-20T18:36:20.248Z", "data": {...}}
//
//   operation   approved              declined
//   authorise   payment.authorised    payment.declined
//   capture     payment.captured      payment.captureFailed
//   void        payment.voided        payment.voidFailed
//   refund      payment.refunded      payment.refundFailed
//
// `data` is the operation as in provider_operation.hpp. Its `key` is the Idempotency-Key of the call, `amount` the
// call's amount (of a void: the authorised amount), `reference` that of the authorisation. The customer may be missing.
// Other members are ignored.
#pragma once

#include "eventstore/base/clock.hpp"
#include "sagas/payments/provider_operation.hpp"

#include <nlohmann/json_fwd.hpp>

#include <expected>
#include <string>
#include <string_view>

namespace sillok {

// Returns, for example, "payment.authorised". REQUIRES: not a give-up, which has no notice.
std::string_view notice_type(const ProviderOperation& operation);

std::string payment_notice(const ProviderOperation& operation, Timestamp at);

// The first error of a notice.
struct NoticeFlaw {
    std::string pointer;  // a JSON Pointer
    std::string what;     // for people
};
std::expected<ProviderOperation, NoticeFlaw> parse_payment_notice(const nlohmann::json& notice);

}  // namespace sillok
