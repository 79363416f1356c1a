// The payment provider's response to a call or a query. http_payments.cpp makes it of an HTTP answer.
#pragma once

#include "aggregates/values.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>

namespace sillok {

struct ProviderOperation;

namespace provider {

// What an answer says about its own call. A provider may leave it out; what it says must agree with what was asked.
struct Echo {
    std::optional<std::string> order{};
    std::optional<std::int64_t> amount{};  // minor units
    std::optional<std::string> currency{};
    bool unreadable = false;  // it says something, and not in a form that can be compared
    friend bool operator==(const Echo&, const Echo&) = default;
};

struct Approved {
    std::string reference;  // the provider's name for the authorisation
    Echo echo{};
    friend bool operator==(const Approved&, const Approved&) = default;
};
// A definite no to this call: nothing was moved, and the same call gets the same answer.
struct Declined {
    std::string reason;
    Echo echo{};
    friend bool operator==(const Declined&, const Declined&) = default;
};
// No response, or none that can be trusted: the call may or may not have been executed.
struct Unknown {
    enum class Cause : std::uint8_t {
        no_answer,    // none in time, an error of the provider, or garbage
        unreachable,  // no connection, or the provider cannot even answer a query: it concerns every call
        busy,         // it says "not now"
        refused,      // it answered and is well, but its answer is no decision about this call
        differs,      // it answered about another order or amount
    };
    std::string detail;
    Cause cause = Cause::no_answer;
    std::chrono::milliseconds retry_after{0};  // not before then, says the provider
    friend bool operator==(const Unknown&, const Unknown&) = default;
};
// To a query only: no call with this key has arrived.
struct NotReceived {
    Echo echo{};
    friend bool operator==(const NotReceived&, const NotReceived&) = default;
};

}  // namespace provider

using ProviderResponse = std::variant<provider::Approved, provider::Declined, provider::Unknown, provider::NotReceived>;

// The response to a call. Returns Approved or Declined; a call whose key was given up gets Declined.
ProviderResponse response_of(const ProviderOperation& operation);

}  // namespace sillok
