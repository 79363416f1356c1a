// A simulated payment provider in this process, for tests and for `serve --payments simulator`.
//
// Memory:  the newest `remembered_max` operations and authorisations. One that it does not know (it starts without any)
//          is assumed to be approved when it is captured, voided or refunded. The provider in its own process
//          (`sillok payments-simulator`) forgets nothing.
// Threads: any thread may call any member.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "sagas/payment_simulator/simulated_provider.hpp"
#include "sagas/payments/payments.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

namespace sillok {

class SimulatedPayments final : public Payments {
   public:
    static constexpr std::size_t remembered_max = 200'000;

    explicit SimulatedPayments(SimulatorProfile profile = {});

    asio::awaitable<ProviderResponse> authorise(PaymentCall call) override;
    asio::awaitable<ProviderResponse> capture(PaymentCall call) override;
    asio::awaitable<ProviderResponse> void_authorisation(PaymentCall call) override;
    asio::awaitable<ProviderResponse> refund(PaymentCall call) override;
    asio::awaitable<ProviderResponse> query(Uuid key) override;
    asio::awaitable<ProviderResponse> give_up(Uuid key) override;

    // Changes the profile; the ledger stays.
    void behave(SimulatorProfile profile);
    // Approved authorisations, by their reference.
    [[nodiscard]] std::map<std::string, LedgerEntry> ledger() const;
    // The number of calls and queries, also of lost and unanswered ones.
    [[nodiscard]] std::uint64_t calls() const;

   private:
    using Result = std::expected<SimulatedResponse, LedgerError>;

    Result receive(ProviderOperation::Type type, const PaymentCall& call);
    Result receive_query(const Uuid& key, SimulatedProvider::Fence fence);

    mutable Mutex mutex_;
    SimulatedProvider provider_ SILLOK_GUARDED_BY(mutex_);
    std::uint64_t calls_ SILLOK_GUARDED_BY(mutex_) = 0;
};

}  // namespace sillok
