// The payment provider, seen from here: calls, each with an idempotency key, each with one of three answers.
//
// Repeats: a call with a key that the provider knows gives its first result again and moves no money twice.
// Errors:  whatever goes wrong on the way is an answer, Unknown; no call throws, none waits for ever.
// Threads: everything from one executor, which outlives the calls.
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/base/uuid.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>
#include <variant>

namespace sillok {

namespace asio = boost::asio;

struct Approved {
    std::string reference;  // the provider's name for the authorisation
    friend bool operator==(const Approved&, const Approved&) = default;
};
struct Declined {
    std::string reason;
    friend bool operator==(const Declined&, const Declined&) = default;
};
struct Unknown {  // no answer, or none that can be trusted: it may have happened
    std::string detail;
    friend bool operator==(const Unknown&, const Unknown&) = default;
};
struct NotReceived {  // to a question only: no call with that key has arrived
    friend bool operator==(const NotReceived&, const NotReceived&) = default;
};
using PaymentAnswer = std::variant<Approved, Declined, Unknown, NotReceived>;

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

    virtual asio::awaitable<PaymentAnswer> authorise(PaymentCall call) = 0;
    virtual asio::awaitable<PaymentAnswer> capture(PaymentCall call) = 0;
    // Lets go of an authorisation. Approved also where it was let go of before.
    virtual asio::awaitable<PaymentAnswer> void_authorisation(PaymentCall call) = 0;
    virtual asio::awaitable<PaymentAnswer> refund(PaymentCall call) = 0;
    // What came of the call with that key.
    virtual asio::awaitable<PaymentAnswer> query(Uuid key) = 0;
    // The same, and a call with that key that has not arrived by now is never carried out: it may still be on its way,
    // and whoever is told NotReceived goes on as if it had never been sent.
    virtual asio::awaitable<PaymentAnswer> give_up(Uuid key) = 0;

    // Lets go of what belongs to the callers' executor; calls in flight end as Unknown, further ones at once.
    virtual void close() {}
};

}  // namespace sillok
