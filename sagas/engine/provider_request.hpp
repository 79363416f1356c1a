// A call that a saga has to make to the payment provider.
#pragma once

#include "sagas/engine/definition.hpp"
#include "sagas/payments/payments.hpp"
#include "sagas/payments/provider_operation.hpp"

#include <boost/asio/awaitable.hpp>

#include <optional>

namespace sillok::saga {

struct ProviderRequest {
    Act act = Act::authorise_payment;  // of the saga. The response is recorded for it
    ProviderOperation::Type type = ProviderOperation::Type::authorise;
    bool query = false;  // ask for the outcome of that call; if it never arrived the provider refuses it from now on
    bool of_another_saga = false;  // whose call is asked about
    PaymentCall call;
};

// Whether the provider's own record of an operation is the response to this request.
bool is_answered_by(const ProviderRequest& request, const ProviderOperation& operation);

// Returns what may be recorded instead of the response: texts are bounded, and an answer about another order or amount
// than the request is Unknown. Returns nothing if the response may be recorded as it is.
std::optional<ProviderResponse> corrected(const ProviderRequest& request, const ProviderResponse& response);

// Makes the call. REQUIRES: the intent, and the events that prepare() decided, are durable.
asio::awaitable<ProviderResponse> call(Payments& payments, ProviderRequest request);

}  // namespace sillok::saga
