// The port to the payment provider: four calls and a query, each with an idempotency key.
//
// Repeats: a call whose key the provider knows returns its first result and moves no money again.
// Errors:  every failure on the way is the response Unknown. No call throws, and each one ends.
// Threads: all calls from one executor, which outlives them.
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/base/uuid.hpp"
#include "sagas/payments/provider_response.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace sillok {

namespace asio = boost::asio;

struct PaymentCall {
    Uuid key;  // the command id of the saga's intent
    OrderId order;
    CustomerId customer;
    Money amount;
    std::string reference;  // of the authorisation; empty for authorise
};

class Payments {
   public:
    virtual ~Payments() = default;

    virtual asio::awaitable<ProviderResponse> authorise(PaymentCall call) = 0;
    virtual asio::awaitable<ProviderResponse> capture(PaymentCall call) = 0;
    // Releases an authorisation. Approved also if it was voided before.
    virtual asio::awaitable<ProviderResponse> void_authorisation(PaymentCall call) = 0;
    virtual asio::awaitable<ProviderResponse> refund(PaymentCall call) = 0;

    // Returns the outcome of the call with this key.
    virtual asio::awaitable<ProviderResponse> query(Uuid key) = 0;
    // A query that fences the call: if no call with this key has arrived by now, the provider never executes one.
    // So NotReceived is final, even if the call is still on its way.
    virtual asio::awaitable<ProviderResponse> give_up(Uuid key) = 0;

    // Closes all connections. Calls in flight end as Unknown, later calls at once.
    virtual void close() {}
};

}  // namespace sillok
