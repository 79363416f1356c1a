// The simulated users: customers order and cancel, sellers send deliveries and record returns, a store receives goods.
// Each repeats a command, always under the same command id, until it is answered.
#pragma once

#include "tools/simulation/faults.hpp"
#include "tools/simulation/rng.hpp"
#include "tools/simulation/scheduler.hpp"
#include "tools/simulation/simulated_server.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <unordered_set>

namespace sillok::simulation {

class Actors {
   public:
    // REQUIRES: everything passed by reference outlives the actors.
    Actors(const FaultRates& rates, Scheduler& scheduler, Rng& rng, SimulatedServer& server, InjectedBug injected_bug)
        : rates_(rates), scheduler_(scheduler), rng_(rng), server_(server), injected_bug_(injected_bug) {}

    // Schedules the actors' commands: `orders` orders, spread over `span`.
    void come(std::size_t orders, Microseconds span);

    // A random one, of an order, of a product's stock, or of nothing that there is.
    [[nodiscard]] std::string some_stream(std::size_t orders);

    // The ids of the commands that the server acknowledged. Each must be in the log.
    [[nodiscard]] const std::unordered_set<Uuid>& accepted() const { return accepted_; }
    [[nodiscard]] std::uint64_t orders_placed() const { return orders_placed_; }
    // Number of stock receipts.
    [[nodiscard]] std::uint64_t receipts() const { return receipts_; }

   private:
    using Hear = std::function<void(SimulatedServer::Reply)>;

    // Repeats the command until it is accepted or refused.
    template <Decider D>
    void submit_until_answered(const typename D::Id& id, const typename D::Command& command, const Hear& hear);
    template <Decider D>
    void submit_until_answered(const typename D::Id& id, const typename D::Command& command, const Uuid& command_id,
                               const Hear& hear);

    void receive_goods(int product);
    void order(std::size_t number);
    void cancel(const OrderId& id);
    void send(const OrderId& id, int attempts);
    void finish(const OrderId& id);
    Microseconds within(std::chrono::seconds longest);

    const FaultRates& rates_;
    Scheduler& scheduler_;
    Rng& rng_;
    SimulatedServer& server_;
    const InjectedBug injected_bug_;

    std::unordered_set<Uuid> accepted_;
    std::uint64_t orders_placed_ = 0;
    std::uint64_t receipts_ = 0;
};

}  // namespace sillok::simulation
