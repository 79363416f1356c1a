// A payment provider reached by JSON over HTTP/1.1.
//
//   POST /authorisations                    {"orderId", "customerId", "amount": {"amount", "currency"}}
//   POST /authorisations/{reference}/capture {"orderId", "amount": {...}}
//   POST /authorisations/{reference}/void    {"orderId"}
//   POST /refunds                            {"orderId", "reference", "amount": {...}}
//   GET    /operations/{idempotency key}
//   DELETE /operations/{idempotency key}    as GET, and a call with that key that has not arrived by now is never
//                                           carried out
//
// Every POST carries `Idempotency-Key: <UUID>`; the provider answers a key that it knows with its first result.
//   200 or 201 {"status": "approved", "reference": "..."}   to POST, GET and DELETE
//   402 {"status": "declined", "reason": "..."}             to POST; with 200 to the others
//   404 {"status": "not-received"}                          to GET and DELETE: no call with that key has arrived
// Anything else (another status, no JSON, an error inside a 200, a body without end) is not an answer: provider::Unknown.
//
// Time:        a call has answered within `call_timeout`, or within twice that where its outcome had to be asked for
//              (only a host's name that cannot be looked up may take longer).
// Repeats:     a connection that is lost before the answer is replaced, and the call sent again with the same key;
//              after a time-out the outcome is asked for once.
// Connections: kept open and used again, at most `idle_max` of them.
#pragma once

#include "sagas/payments/http_exchange.hpp"
#include "sagas/payments/payments.hpp"

#include <chrono>
#include <cstddef>
#include <string>

namespace sillok {

struct HttpPaymentsLimits {
    std::chrono::milliseconds call_timeout{5'000};
    std::size_t body_bytes_max = 64u << 10;
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
    asio::awaitable<ProviderResponse> ask(HttpExchange::Request request, Uuid key);

    const std::chrono::milliseconds call_ms_;
    HttpExchange http_;
};

}  // namespace sillok
