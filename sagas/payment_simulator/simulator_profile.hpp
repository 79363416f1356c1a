// How a simulated payment provider behaves: what it declines, and how often it fails, is slow or does not answer.
//
// A profile is written as "decline=0.05,delay-ms=20,seed=7,decline-customer=bad-*,forget-amount=666":
//   decline= fail= forget= lose= mute=         rates of 0 to 1; only authorisations are declined
//   {fault}-customer=ID  {fault}-amount=N      always, for that customer ('*' at the end: any beginning) or amount
//   delay-ms=          before every answer
//   patience-ms=       how long an answer that does not come is waited for
//   seed=              another seed, other chances
// and of a provider that is a process of its own, what becomes of the webhook about each booking:
//   webhook-delay-ms=                      how long after the booking it is sent
//   webhook-late= webhook-late-ms=         the rate of those that come so much later still
//   webhook-duplicate= webhook-lose=       the rates of those that are sent twice, and never
//
// Chance: every decision is a function of (seed, key, how often the key was tried), so a run can be repeated
//         whatever the order of its calls.
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

struct WebhookProfile {
    std::chrono::milliseconds delay{0};
    double late = 0;  // rates, 0 ... 1
    std::chrono::milliseconds late_by{1'000};
    double duplicate = 0;
    double lose = 0;
    friend bool operator==(const WebhookProfile&, const WebhookProfile&) = default;
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
    WebhookProfile webhooks{};
    friend bool operator==(const SimulatorProfile&, const SimulatorProfile&) = default;
};

// The error is a sentence that names the part that is wrong.
std::expected<SimulatorProfile, std::string> parse_simulator_profile(std::string_view text);

// One call, or a question about one, as far as its fate depends on it.
struct SimulatedTry {
    enum class Kind : std::uint8_t { authorisation, other_call, question };
    Kind kind;
    const Uuid& key;
    const CustomerId& customer;
    std::int64_t amount;      // minor units
    std::uint32_t tries = 0;  // so many calls and questions with this key came before
};
SimulatedFault fault_of(const SimulatorProfile& profile, const SimulatedTry& attempt);

// When the webhook about a booking is sent, counted from the booking; once for each time, so nothing where it is lost.
std::vector<std::chrono::milliseconds> webhook_times(const SimulatorProfile& profile, const Uuid& key);

// How long the answer to it takes, or, where none comes, how long the caller is kept waiting.
std::chrono::milliseconds wait_of(const SimulatorProfile& profile, SimulatedFault fault);

}  // namespace sillok
