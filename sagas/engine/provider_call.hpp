// A call to the payment provider that the engine hands to its owner.
#pragma once

#include "eventstore/base/uuid.hpp"
#include "eventstore/position.hpp"
#include "sagas/engine/provider_request.hpp"
#include "sagas/engine/saga_decisions.hpp"
#include "sagas/payments/circuit_breaker.hpp"

#include <cstdint>
#include <functional>
#include <string>

namespace sillok {

struct ProviderCall {
    std::string stream;  // the saga's journal
    Uuid command_id;     // of its intent
    std::uint32_t attempt = 0;
    saga::ProviderRequest request;
    Position intended;  // send the request when the log is durable up to here
    CircuitBreaker::Call ticket{};
};

// What a failure of this call may have in common with another's.
CallTraits traits_of(const saga::State& state, const saga::Intent& intent);

// What the circuit breaker counts: whether the provider is well, which a refusal of one call does not put in doubt.
CircuitBreaker::Outcome outcome_for_breaker(const ProviderResponse& response);

using MakeCall = std::function<void(ProviderCall)>;

}  // namespace sillok
