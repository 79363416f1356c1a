#include "sagas/engine/provider_call.hpp"

#include <functional>
#include <utility>
#include <variant>

namespace sillok {

CallTraits traits_of(const saga::State& state, const saga::Intent& intent) {
    return {intent.command_id, std::hash<std::string>{}(state.details.customer.value), state.details.amount.amount,
            intent.query};
}

CircuitBreaker::Outcome outcome_for_breaker(const ProviderResponse& response) {
    using enum CircuitBreaker::Outcome;
    const auto* unknown = std::get_if<provider::Unknown>(&response);
    if (unknown == nullptr) return answered;
    switch (unknown->cause) {
        case provider::Unknown::Cause::refused:
        case provider::Unknown::Cause::differs: return answered;
        case provider::Unknown::Cause::unreachable: return failed_for_all;
        case provider::Unknown::Cause::no_answer:
        case provider::Unknown::Cause::busy: return failed;
    }
    std::unreachable();
}

}  // namespace sillok
