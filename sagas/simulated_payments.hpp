// A payment provider inside this process: it keeps a ledger, approves what it is not told to decline, and can be
// told to be slow, to fail, and to forget to answer. Idempotent by key, like a real one.
//
// Chance:  every decision is a function of (seed, key, how often the key was tried), so a run can be repeated
//          whatever the order of its calls.
// Threads: any thread may call any member.
#pragma once

#include "sagas/payments.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sillok {

enum class SimulatedFault : std::uint8_t {
    none,
    decline,
    fail,    // an error instead of an answer; nothing was booked
    forget,  // booked, but the answer never comes
    lose,    // the request never arrives
};

// Calls that match are treated in a certain way, every time.
struct SimulatedRule {
    SimulatedFault fault = SimulatedFault::decline;
    std::string customer;                // a customer id, '*' at its end stands for anything; empty: any
    std::optional<std::int64_t> amount;  // exactly this many minor units; none: any
};

struct SimulatorProfile {
    double decline = 0;  // rates, 0 ... 1
    double fail = 0;
    double forget = 0;
    double lose = 0;
    std::chrono::milliseconds delay{0};      // before every answer
    std::chrono::milliseconds patience{50};  // how long an answer that never comes is waited for
    std::uint64_t seed = 1;
    std::vector<SimulatedRule> rules;  // the first that matches wins; they come before the rates
};

// "decline=0.05,delay-ms=20,seed=7,decline-customer=bad-*,forget-amount=666": see the table in the .cpp.
// The error is a sentence that names the part that is wrong.
std::expected<SimulatorProfile, std::string> parse_simulator_profile(std::string_view text);

// What the provider has booked for one authorisation.
struct LedgerEntry {
    OrderId order;
    CustomerId customer;
    Money authorised;
    Money captured;
    Money refunded;
    bool voided = false;
    friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

class SimulatedPayments final : public Payments {
   public:
    explicit SimulatedPayments(SimulatorProfile profile = {});

    asio::awaitable<PaymentAnswer> authorise(PaymentCall call) override;
    asio::awaitable<PaymentAnswer> capture(PaymentCall call) override;
    asio::awaitable<PaymentAnswer> void_authorisation(PaymentCall call) override;
    asio::awaitable<PaymentAnswer> refund(PaymentCall call) override;
    asio::awaitable<PaymentAnswer> query(Uuid key) override;

    // From now on it behaves like this; the ledger stays.
    void behave(SimulatorProfile profile);
    // By the authorisation's reference.
    [[nodiscard]] std::map<std::string, LedgerEntry> ledger() const;
    // How many calls have come in, queries included, whether or not they were answered.
    [[nodiscard]] std::uint64_t calls() const;

   private:
    enum class Operation : std::uint8_t { authorise, capture, void_authorisation, refund, query };
    struct Ruling {
        PaymentAnswer answer;
        std::chrono::milliseconds wait;
    };

    asio::awaitable<PaymentAnswer> answered(Ruling ruling);
    Ruling receive(Operation operation, const PaymentCall& call);
    PaymentAnswer book(Operation operation, const PaymentCall& call, bool decline);  // mutex_ is held

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    SimulatorProfile profile_;
    std::unordered_map<Uuid, PaymentAnswer> results_;      // by key
    std::unordered_map<Uuid, std::uint32_t> tries_;        // by key
    std::unordered_map<std::string, LedgerEntry> ledger_;  // by reference
    std::uint64_t calls_ = 0;
};

}  // namespace sillok
