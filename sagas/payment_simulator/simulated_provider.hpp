// A simulated payment provider: a ledger, and a profile that decides which calls are declined, fail, or get no response.
//
// It has no sockets, clock or disk. Two thin layers make it reachable: SimulatedPayments in this process,
// ProviderDispatcher over HTTP.
//
// Chance:  depends on how often a key was tried in this process; the counts are cleared after a million keys.
// Threads: one at a time.
#pragma once

#include "sagas/payment_simulator/provider_ledger.hpp"
#include "sagas/payment_simulator/simulator_profile.hpp"
#include "sagas/payments/provider_response.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <unordered_map>

namespace sillok {

struct SimulatedResponse {
    ProviderResponse response;          // Unknown if the provider fails or does not respond
    bool delivered = true;              // false: the caller gets nothing
    std::chrono::milliseconds wait{0};  // before the response, or before the caller stops waiting for one
    std::optional<ProviderOperation> posted{};
};

class SimulatedProvider {
   public:
    SimulatedProvider(SimulatorProfile profile, ProviderLedger ledger);

    // Returns a LedgerError, and posts nothing, if the call is invalid.
    std::expected<SimulatedResponse, LedgerError> call(const OperationRequest& request);
    // `fence`: also give the key up, so that a later call with it is never executed.
    enum class Fence : bool { no, yes };
    std::expected<SimulatedResponse, LedgerError> query(const Uuid& key, Fence fence);

    // Changes the profile; the ledger stays.
    void behave(SimulatorProfile profile) { profile_ = std::move(profile); }

    [[nodiscard]] ProviderLedger& ledger() { return ledger_; }
    [[nodiscard]] const ProviderLedger& ledger() const { return ledger_; }

   private:
    SimulatedFault fault_of(const ProviderOperation& operation, SimulatedTry::Kind kind);
    [[nodiscard]] SimulatedResponse response(SimulatedFault fault, const ProviderOperation* operation) const;

    SimulatorProfile profile_;
    ProviderLedger ledger_;
    std::unordered_map<Uuid, std::uint32_t> tries_;
};

}  // namespace sillok
