// A payment provider inside this process: it keeps a ledger, approves what it is not told to decline, and can be
// told to be slow, to fail, and to forget to answer. Idempotent by key, like a real one.
//
// A profile is written as "decline=0.05,delay-ms=20,seed=7,decline-customer=bad-*,forget-amount=666":
//   decline= fail= forget= lose= mute=         rates of 0 to 1; only authorisations are declined
//   {fault}-customer=ID  {fault}-amount=N      always, for that customer ('*' at the end: any beginning) or amount
//   delay-ms=          before every answer
//   patience-ms=       how long an answer that does not come is waited for
//   seed=              another seed, other chances
//
// Chance:  every decision is a function of (seed, key, how often the key was tried), so a run can be repeated
//          whatever the order of its calls.
// Memory:  the newest `remembered_max` authorisations; one that it has forgotten (it starts without any) is
//          believed to have been approved when money is to be captured, let go of or paid back.
// Threads: any thread may call any member.
#pragma once

#include "sagas/payments.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
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
    mute,    // as forget, and questions about it are not answered either
};

// Calls that match are treated in a certain way, every time. Questions are not (but of `mute` ones).
struct SimulatedRule {
    SimulatedFault fault = SimulatedFault::decline;
    std::string customer;                // a customer id, '*' at its end stands for anything; empty: any
    std::optional<std::int64_t> amount;  // exactly this many minor units; none: any
    friend bool operator==(const SimulatedRule&, const SimulatedRule&) = default;
};

struct SimulatorProfile {
    double decline = 0;  // rates, 0 ... 1
    double fail = 0;
    double forget = 0;
    double lose = 0;
    double mute = 0;
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds patience{50};
    std::uint64_t seed = 1;
    std::vector<SimulatedRule> rules;  // the first that matches wins; they come before the rates
    friend bool operator==(const SimulatorProfile&, const SimulatorProfile&) = default;
};

// The error is a sentence that names the part that is wrong.
std::expected<SimulatorProfile, std::string> parse_simulator_profile(std::string_view text);

// What the provider has booked for one authorisation.
struct LedgerEntry {
    OrderId order;
    CustomerId customer;
    Money authorised;
    std::int64_t captured = 0;  // minor units of the same currency
    std::int64_t refunded = 0;
    bool voided = false;
    friend bool operator==(const LedgerEntry&, const LedgerEntry&) = default;
};

class SimulatedPayments final : public Payments {
   public:
    static constexpr std::size_t remembered_max = 200'000;

    explicit SimulatedPayments(SimulatorProfile profile = {});

    asio::awaitable<PaymentAnswer> authorise(PaymentCall call) override;
    asio::awaitable<PaymentAnswer> capture(PaymentCall call) override;
    asio::awaitable<PaymentAnswer> void_authorisation(PaymentCall call) override;
    asio::awaitable<PaymentAnswer> refund(PaymentCall call) override;
    asio::awaitable<PaymentAnswer> query(Uuid key) override;

    // From now on it behaves like this; the ledger stays.
    void behave(SimulatorProfile profile);
    // Approved authorisations, by their reference.
    [[nodiscard]] std::map<std::string, LedgerEntry> ledger() const;
    // How many calls were made, queries included, whether or not they arrived or were answered.
    [[nodiscard]] std::uint64_t calls() const;

   private:
    enum class Operation : std::uint8_t { authorise, capture, void_authorisation, refund };
    // One call as the provider remembers it: an authorisation with its account, or what was done to one.
    struct Entry {
        Operation operation = Operation::authorise;
        std::uint32_t tries = 0;
        std::optional<PaymentAnswer> answer;  // none: it never arrived
        LedgerEntry account;                  // of an authorisation
    };
    struct Reply {
        PaymentAnswer answer;
        std::chrono::milliseconds wait;
    };

    asio::awaitable<PaymentAnswer> deliver(Reply reply);
    Reply receive(Operation operation, const PaymentCall& call);
    Reply receive_query(const Uuid& key);

    // REQUIRES: mutex_ is held.
    Entry& remember(const Uuid& key);
    [[nodiscard]] SimulatedFault fault_of(const Entry& entry, const Uuid& key, bool is_question) const;
    [[nodiscard]] Reply reply(SimulatedFault fault, PaymentAnswer answer) const;
    PaymentAnswer book(Operation operation, const PaymentCall& call, bool decline);
    // `captured`: what is believed of an account that has been forgotten.
    LedgerEntry& account_of(const PaymentCall& call, std::int64_t captured);

    mutable std::mutex mutex_;
    // Guarded by mutex_.
    SimulatorProfile profile_;
    std::unordered_map<Uuid, Entry> entries_;  // by idempotency key
    std::deque<Uuid> age_;                     // their keys, the oldest first
    std::uint64_t calls_ = 0;
};

}  // namespace sillok
