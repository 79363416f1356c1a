// The payment provider's response to a call or a query. http_payments.cpp makes it of an HTTP answer.
#pragma once

#include <string>
#include <variant>

namespace sillok {

struct ProviderOperation;

namespace provider {

struct Approved {
    std::string reference;  // the provider's name for the authorisation
    friend bool operator==(const Approved&, const Approved&) = default;
};
struct Declined {
    std::string reason;
    friend bool operator==(const Declined&, const Declined&) = default;
};
// No response, or none that can be trusted: the call may or may not have been executed.
struct Unknown {
    std::string detail;
    friend bool operator==(const Unknown&, const Unknown&) = default;
};
// To a query only: no call with this key has arrived.
struct NotReceived {
    friend bool operator==(const NotReceived&, const NotReceived&) = default;
};

}  // namespace provider

using ProviderResponse = std::variant<provider::Approved, provider::Declined, provider::Unknown, provider::NotReceived>;

// The response to a call. Returns Approved or Declined; a call whose key was given up gets Declined.
ProviderResponse response_of(const ProviderOperation& operation);

}  // namespace sillok
