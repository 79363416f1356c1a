// A payment provider inside this process: it keeps a ledger, approves what it is not told to decline, and can be
// told to be slow, to fail, and to forget to answer. Idempotent by key, like a real one.
// Its profile (simulator_profile.hpp) says how it behaves.
//
// Memory:  the newest `remembered_max` authorisations; one that it has forgotten (it starts without any) is
//          believed to have been approved when money is to be captured, let go of or paid back. The provider that is
//          a process of its own (simulated_provider.hpp) forgets nothing.
// Threads: any thread may call any member.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "sagas/payment_simulator/ledger_entry.hpp"
#include "sagas/payment_simulator/simulator_profile.hpp"
#include "sagas/payments/payments.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>

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

    // From now on it behaves like this; the ledger stays.
    void behave(SimulatorProfile profile);
    // provider::Approved authorisations, by their reference.
    [[nodiscard]] std::map<std::string, LedgerEntry> ledger() const;
    // How many calls were made, queries included, whether or not they arrived or were answered.
    [[nodiscard]] std::uint64_t calls() const;

   private:
    enum class Operation : std::uint8_t { authorise, capture, void_authorisation, refund };
    // One call as the provider remembers it: an authorisation with its account, or what was done to one.
    struct Entry {
        Operation operation = Operation::authorise;
        std::uint32_t tries = 0;
        std::optional<ProviderResponse> answer;  // none: it never arrived
        bool given_up = false;                   // and never will
        LedgerEntry account;                     // of an authorisation
    };
    struct Reply {
        ProviderResponse answer;
        std::chrono::milliseconds wait;
    };

    asio::awaitable<ProviderResponse> deliver(Reply reply);
    Reply receive(Operation operation, const PaymentCall& call);
    Reply receive_query(const Uuid& key, bool give_up);

    Entry& remember(const Uuid& key) SILLOK_REQUIRES(mutex_);
    [[nodiscard]] SimulatedFault fault_of(const Entry& entry, const Uuid& key, bool is_question) const
        SILLOK_REQUIRES(mutex_);
    [[nodiscard]] Reply reply(SimulatedFault fault, ProviderResponse answer) const SILLOK_REQUIRES(mutex_);
    ProviderResponse post(Operation operation, const PaymentCall& call, bool decline) SILLOK_REQUIRES(mutex_);
    // `captured`: what is believed of an account that has been forgotten.
    LedgerEntry& account_of(const PaymentCall& call, std::int64_t captured) SILLOK_REQUIRES(mutex_);

    mutable Mutex mutex_;
    SimulatorProfile profile_ SILLOK_GUARDED_BY(mutex_);
    std::unordered_map<Uuid, Entry> entries_ SILLOK_GUARDED_BY(mutex_);  // by idempotency key
    std::deque<Uuid> age_ SILLOK_GUARDED_BY(mutex_);                     // their keys, the oldest first
    std::uint64_t calls_ SILLOK_GUARDED_BY(mutex_) = 0;
};

}  // namespace sillok
