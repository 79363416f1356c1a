// A call to the payment provider that the engine hands to its owner.
#pragma once

#include "eventstore/base/uuid.hpp"
#include "eventstore/position.hpp"
#include "sagas/engine/provider_request.hpp"
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

using MakeCall = std::function<void(ProviderCall)>;

}  // namespace sillok
