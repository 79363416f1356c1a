#include "sagas/payment_simulator/simulated_provider.hpp"

#include <utility>

namespace sillok {
namespace {

using Kind = SimulatedTry::Kind;

constexpr std::size_t tried_keys_max = 1'000'000;

Kind kind_of(ProviderOperation::Type type) {
    switch (type) {
        case ProviderOperation::Type::authorise: return Kind::authorisation;
        case ProviderOperation::Type::capture: return Kind::capture;
        case ProviderOperation::Type::void_: return Kind::void_;
        case ProviderOperation::Type::refund: return Kind::refund;
        case ProviderOperation::Type::give_up: break;
    }
    return Kind::query;
}

}  // namespace

SimulatedProvider::SimulatedProvider(SimulatorProfile profile, ProviderLedger ledger)
    : profile_(std::move(profile)), ledger_(std::move(ledger)) {}

std::expected<SimulatedResponse, LedgerError> SimulatedProvider::call(const OperationRequest& request) {
    auto operation = ledger_.prepare(request);
    if (!operation) return std::unexpected(operation.error());
    const auto fault = fault_of(*operation, kind_of(operation->type));
    if (fault == SimulatedFault::fail || fault == SimulatedFault::lose) return response(fault, nullptr);
    if (const auto* known = ledger_.find(request.key)) return response(fault, known);
    const bool declines = fault == SimulatedFault::decline;
    const auto& posted =
        ledger_.post(*std::move(operation), declines ? std::optional<std::string>{"card declined"} : std::nullopt);
    auto result = response(fault, &posted);
    result.posted = posted;
    return result;
}

std::expected<SimulatedResponse, LedgerError> SimulatedProvider::query(const Uuid& key, Fence fence) {
    const auto* known = ledger_.find(key);
    if (known != nullptr && known->type != ProviderOperation::Type::give_up)
        return response(fault_of(*known, Kind::query), known);
    SimulatedResponse result{.response = provider::NotReceived{}, .wait = profile_.delay};
    if (known != nullptr || fence == Fence::no) return result;
    known = ledger_.give_up(key);
    if (known == nullptr) return std::unexpected(LedgerError::full);
    result.posted = *known;
    return result;
}

SimulatedFault SimulatedProvider::fault_of(const ProviderOperation& operation, SimulatedTry::Kind kind) {
    if (tries_.size() >= tried_keys_max) tries_.clear();
    auto& tries = tries_[operation.key];
    return sillok::fault_of(profile_, {kind, operation.key, operation.customer, operation.amount.amount, tries++});
}

SimulatedResponse SimulatedProvider::response(SimulatedFault fault, const ProviderOperation* operation) const {
    const auto wait = wait_of(profile_, fault);
    switch (fault) {
        case SimulatedFault::fail: return {.response = provider::Unknown{"the provider failed"}, .wait = wait};
        case SimulatedFault::forget:
        case SimulatedFault::lose:
        case SimulatedFault::mute:
            return {.response = provider::Unknown{"no answer"}, .delivered = false, .wait = wait};
        default: break;
    }
    return {.response = response_of(*operation), .wait = wait};
}

}  // namespace sillok
