// /v1/webhooks: messages of other systems, signed as sagas/payments/standard_webhook.hpp describes. The signature is
// the only authentication.
//
// Repeats: the webhook-id is the message's idempotency key (idempotency.hpp). A repeated message gets the first
//          response again and has no second effect. A refused message has no effect and may be sent again.
#pragma once

#include "api/http/request.hpp"
#include "api/http/response.hpp"
#include "api/http/wire.hpp"
#include "eventstore/base/clock.hpp"
#include "sagas/engine/saga_runtime.hpp"
#include "sagas/payments/standard_webhook.hpp"

#include <optional>
#include <string_view>

namespace sillok::api {

// The provider's name as an actor in the log.
constexpr std::string_view payment_provider = "payment-provider";

class Webhooks {
   public:
    // REQUIRES: everything referred to outlives it.
    Webhooks(SagaRuntime& runtime, const Clock& clock) : runtime_(runtime), clock_(clock) {}

    ResponseTask payments(const Request& request);

   private:
    SagaRuntime& runtime_;
    const Clock& clock_;
};

// Returns why the message is not authentic, or nothing if it is.
std::optional<Problem> webhook_refused(const WebhookSecrets& secrets, const WireRequest& wire, Timestamp now);

}  // namespace sillok::api
