// The behaviour of a simulated payment provider: which calls it declines, how often it fails, is slow or does not respond.
//
// A profile is written as "decline=0.05,delay-ms=20,seed=7,decline-customer=bad-*,forget-amount=666":
//   decline= fail= forget= lose= mute=         rates from 0 to 1; `decline` is of authorisations
//   decline-capture= decline-void= decline-refund=   the same for the other calls
//   {fault}-customer=ID  {fault}-amount=N      always, for this customer ('*' at the end: any ending) or amount
//   delay-ms=          before every response
//   patience-ms=       how long a caller waits for a response that does not come
//   seed=              of the random decisions
// `sillok payments-simulator` also sends webhooks:
//   webhook-delay-ms=                      from the operation to its webhook
//   webhook-late= webhook-late-ms=         the rate of webhooks that are late, and their extra delay
//   webhook-duplicate= webhook-lose=       the rates of webhooks that are sent twice, and never
//
// Chance: every decision is a function of the seed, the key and the number of tries of this key. So a run can be
//         repeated, in any order of its calls.
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/base/uuid.hpp"

#include <chrono>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

enum class SimulatedFault : std::uint8_t {
    none,
    decline,
    fail,    // an error response; nothing is posted
    forget,  // posted, but no response
    lose,    // the request never arrives
    mute,    // like forget, and queries get no response either
};

// What is asked of the provider.
enum class SimulatedCall : std::uint8_t { authorisation, capture, void_, refund, query };

// A fault for all calls that match. It does not apply to queries, unless it is `mute`.
struct SimulatedRule {
    SimulatedFault fault = SimulatedFault::decline;
    std::string customer;                // a customer id; '*' at its end: any ending; empty: any customer
    std::optional<std::int64_t> amount;  // minor units; nothing: any amount
    SimulatedCall declined = SimulatedCall::authorisation;  // of `decline`: which calls
    friend bool operator==(const SimulatedRule&, const SimulatedRule&) = default;
};

struct WebhookProfile {
    std::chrono::milliseconds delay{0};
    double late = 0;  // a rate from 0 to 1, as all below
    std::chrono::milliseconds late_by{1'000};
    double duplicate = 0;
    double lose = 0;
    friend bool operator==(const WebhookProfile&, const WebhookProfile&) = default;
};

struct SimulatorProfile {
    double decline = 0;  // a rate from 0 to 1, as all below
    double decline_capture = 0;
    double decline_void = 0;
    double decline_refund = 0;
    double fail = 0;
    double forget = 0;
    double lose = 0;
    double mute = 0;
    std::chrono::milliseconds delay{0};
    std::chrono::milliseconds patience{50};
    std::uint64_t seed = 1;
    std::vector<SimulatedRule> rules;  // before the rates; the first match wins
    WebhookProfile webhooks{};
    friend bool operator==(const SimulatorProfile&, const SimulatorProfile&) = default;
};

// The error is a sentence that names the part that is wrong.
std::expected<SimulatorProfile, std::string> parse_simulator_profile(std::string_view text);

// A call or query: everything that decides its fault.
struct SimulatedTry {
    using Kind = SimulatedCall;
    Kind kind;
    const Uuid& key;
    const CustomerId& customer;
    std::int64_t amount;      // minor units
    std::uint32_t tries = 0;  // earlier calls and queries with this key
};
SimulatedFault fault_of(const SimulatorProfile& profile, const SimulatedTry& attempt);

// Returns a delay for each webhook of an operation: usually one, two if it is duplicated, none if it is lost.
std::vector<std::chrono::milliseconds> webhook_times(const SimulatorProfile& profile, const Uuid& key);

// Returns the delay of the response, or how long the caller waits if none comes.
std::chrono::milliseconds wait_of(const SimulatorProfile& profile, SimulatedFault fault);

}  // namespace sillok
