// A payment provider reached by JSON over HTTP/1.1.
//
//   POST /authorisations                     {"orderId", "customerId", "amount": {"amount", "currency"}}
//   POST /authorisations/{reference}/capture {"orderId", "amount": {...}}
//   POST /authorisations/{reference}/void    {"orderId"}
//   POST /refunds                            {"orderId", "reference", "amount": {...}}
//   GET    /operations/{idempotency key}
//   DELETE /operations/{idempotency key}     like GET, and fences: a call with this key that has not arrived by now is
//                                            never executed
//
// Every POST has `Idempotency-Key: <UUID>`. The provider answers a known key with its first result.
//   200 or 201 {"status": "approved", "reference": "..."}   to POST, GET and DELETE
//   402 {"status": "declined", "reason": "..."}             to POST; with 200 to GET and DELETE
//   404 {"status": "not-received"}                          to GET and DELETE: no call with this key has arrived
// Garbage is Unknown: another status, no JSON, an error inside a 200, a body without end. What happens then is decided
// by the saga engine.
//
// Time:        a call ends within `call_timeout`, or within twice that if its outcome was queried. Only the look-up of
//              a host name may take longer.
// Repeats:     if a connection is lost before the response, the call is sent again with the same key on a new one.
//              After a time-out the outcome is queried once.
// Connections: kept open and reused, at most `idle_max` of them.
#pragma once

#include "sagas/payments/http_exchange.hpp"
#include "sagas/payments/payments.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace sillok {

struct HttpPaymentsLimits {
    std::chrono::milliseconds call_timeout{5'000};
    std::size_t body_bytes_max = 1u << 20;
    std::size_t idle_max = 256;
};

class HttpPayments final : public Payments {
   public:
    explicit HttpPayments(HttpAddress address, HttpPaymentsLimits limits = {});

    asio::awaitable<ProviderResponse> authorise(PaymentCall call) override;
    asio::awaitable<ProviderResponse> capture(PaymentCall call) override;
    asio::awaitable<ProviderResponse> void_authorisation(PaymentCall call) override;
    asio::awaitable<ProviderResponse> refund(PaymentCall call) override;
    asio::awaitable<ProviderResponse> query(Uuid key) override;
    asio::awaitable<ProviderResponse> give_up(Uuid key) override;
    void close() override;

   private:
    asio::awaitable<ProviderResponse> post(std::string target, Uuid key, std::string body);
    asio::awaitable<ProviderResponse> send(HttpExchange::Request request, Uuid key);

    const std::chrono::milliseconds call_timeout_;
    HttpExchange http_;
};

}  // namespace sillok
