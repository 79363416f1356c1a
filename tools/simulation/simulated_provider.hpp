// A payment provider at the other end of a network that loses, doubles and delays messages.
//
// Its books outlive every server. An answer that comes after the caller has given up is not heard.
#pragma once

#include "sagas/engine/errands.hpp"
#include "sagas/payment_simulator/provider_ledger.hpp"
#include "tools/simulation/faults.hpp"
#include "tools/simulation/rng.hpp"
#include "tools/simulation/scheduler.hpp"

#include <chrono>
#include <cstdint>
#include <functional>
#include <utility>

namespace sillok::simulation {

class ProviderAcrossNetwork {
   public:
    using Hear = std::function<void(PaymentAnswer, std::chrono::milliseconds took)>;

    // `rates` may be changed while it runs. REQUIRES: what is referred to outlives it.
    ProviderAcrossNetwork(const FaultRates& rates, Scheduler& scheduler, Rng& rng, InjectedBug injected_bug);

    // Is told of what has been booked, now and then, as late and as often as the network likes.
    void tell(std::function<void(const Booking&)> notice) { notice_ = std::move(notice); }

    // Sends a call; `hear` is told the answer, or Unknown after the time limit: once.
    void ask(const saga::PaymentErrand& errand, Hear hear);

    void set_outage(bool outage) { outage_ = outage; }
    [[nodiscard]] const ProviderBooks& books() const { return books_; }
    [[nodiscard]] std::uint64_t faults() const { return faults_; }

   private:
    bool happens(double rate);
    Microseconds way();
    void send(const saga::PaymentErrand& errand, const Hear& answer);
    PaymentAnswer receive(const saga::PaymentErrand& errand);
    void send_notice(const Booking& booking);
    PaymentAnswer receive_giving_up(const Uuid& key);

    const FaultRates& rates_;
    Scheduler& scheduler_;
    Rng& rng_;
    const InjectedBug injected_bug_;
    ProviderBooks books_{1'000'000};
    std::function<void(const Booking&)> notice_;
    bool outage_ = false;
    std::uint64_t faults_ = 0;
    std::uint64_t second_times_ = 0;
};

}  // namespace sillok::simulation
