// /v1/webhooks: what other systems tell of their own accord, signed as sagas/payments/standard_webhook.hpp says. The
// signature alone shows who it is, whatever else the server asks of its callers.
//
// Repeats: the message's name is its idempotency key (idempotency.hpp): sent again it gets the first answer again, and
//          has no second effect. One that was refused has had none: it may be sent again.
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

// As whom the provider stands in the log.
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

// Why the request is not to be believed; nothing where it is.
std::optional<Problem> webhook_refused(const WebhookSecrets& secrets, const WireRequest& wire, Timestamp now);

}  // namespace sillok::api
