// A payment provider behind a network that loses, doubles and delays messages.
//
// Its ledger outlives every crash of the server. A response after the time limit is ignored.
#pragma once

#include "sagas/engine/provider_request.hpp"
#include "sagas/payment_simulator/provider_ledger.hpp"
#include "tools/simulation/faults.hpp"
#include "tools/simulation/rng.hpp"
#include "tools/simulation/scheduler.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <optional>
#include <utility>

namespace sillok::simulation {

class ProviderAcrossNetwork {
   public:
    using OnResponse = std::function<void(ProviderResponse, std::chrono::milliseconds took)>;
    using OnNotice = std::function<void(const ProviderOperation&)>;

    // `rates` may change during a run. REQUIRES: all arguments outlive it.
    ProviderAcrossNetwork(const FaultRates& rates, Scheduler& scheduler, Rng& rng, InjectedBug injected_bug);

    // Sends notices of posted operations: some of them, late, some twice.
    void notify(OnNotice on_notice) { on_notice_ = std::move(on_notice); }

    // Sends a call. `on_response` gets the response, or Unknown after the time limit, exactly once.
    void call(const saga::ProviderRequest& request, OnResponse on_response);

    void set_outage(bool outage) { outage_ = outage; }
    [[nodiscard]] const ProviderLedger& ledger() const { return ledger_; }
    [[nodiscard]] std::uint64_t faults() const { return faults_; }

   private:
    bool happens(double rate);
    [[nodiscard]] double decline_rate(ProviderOperation::Type type) const;
    Microseconds latency();
    void send(const saga::ProviderRequest& request, const OnResponse& on_response);
    ProviderResponse receive(const saga::ProviderRequest& request);
    ProviderResponse receive_query(const Uuid& key);
    ProviderResponse answer_to(const saga::ProviderRequest& request);
    void send_notice(const ProviderOperation& operation);

    const FaultRates& rates_;
    Scheduler& scheduler_;
    Rng& rng_;
    const InjectedBug injected_bug_;
    ProviderLedger ledger_{1'000'000};
    OnNotice on_notice_;
    bool outage_ = false;
    std::uint64_t faults_ = 0;
    std::optional<ProviderOperation> last_posted_;
    std::uint64_t replays_ = 0;  // of the injected bug provider_not_idempotent
};

}  // namespace sillok::simulation
