#include "sagas/payment_simulator/simulator_profile.hpp"

#include "eventstore/base/parse_number.hpp"
#include "eventstore/base/splitmix64.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

namespace sillok {
namespace {

using namespace std::chrono_literals;
constexpr auto wait_max = 3'600'000ms;

bool set_rate(double& rate, std::string_view value) {
    const auto parsed = parse_number<double>(value);
    if (!parsed || !(*parsed >= 0 && *parsed <= 1)) return false;
    rate = *parsed;
    return true;
}

bool set_wait(std::chrono::milliseconds& wait, std::string_view value) {
    const auto parsed = parse_number<std::int64_t>(value);
    if (!parsed || *parsed < 0 || *parsed > wait_max.count()) return false;
    wait = std::chrono::milliseconds{*parsed};
    return true;
}

bool set_seed(std::uint64_t& seed, std::string_view value) {
    const auto parsed = parse_number<std::uint64_t>(value);
    if (parsed) seed = *parsed;
    return parsed.has_value();
}

struct NamedFault {
    std::string_view name;
    SimulatedFault fault;
    double SimulatorProfile::* rate;
    SimulatedCall declined = SimulatedCall::authorisation;
};
constexpr std::array named_faults{
    NamedFault{"decline-capture", SimulatedFault::decline, &SimulatorProfile::decline_capture, SimulatedCall::capture},
    NamedFault{"decline-void", SimulatedFault::decline, &SimulatorProfile::decline_void, SimulatedCall::void_},
    NamedFault{"decline-refund", SimulatedFault::decline, &SimulatorProfile::decline_refund, SimulatedCall::refund},
    NamedFault{"decline", SimulatedFault::decline, &SimulatorProfile::decline},
    NamedFault{"fail", SimulatedFault::fail, &SimulatorProfile::fail},
    NamedFault{"forget", SimulatedFault::forget, &SimulatorProfile::forget},
    NamedFault{"lose", SimulatedFault::lose, &SimulatorProfile::lose},
    NamedFault{"mute", SimulatedFault::mute, &SimulatorProfile::mute},
};

// "decline", "decline-customer" or "decline-amount", and so for every fault.
bool set_fault(SimulatorProfile& profile, std::string_view key, std::string_view value) {
    for (const auto& [name, fault, rate, declined] : named_faults) {
        if (!key.starts_with(name)) continue;
        const auto what = key.substr(name.size());
        if (what.empty()) return set_rate(profile.*rate, value);
        if (what == "-customer" && !value.empty()) {
            profile.rules.push_back({fault, std::string{value}, std::nullopt, declined});
            return true;
        }
        if (what == "-amount") {
            const auto amount = parse_number<std::int64_t>(value);
            if (amount) profile.rules.push_back({fault, {}, amount, declined});
            return amount.has_value();
        }
    }
    return false;
}

bool set(WebhookProfile& profile, std::string_view key, std::string_view value) {
    if (key == "delay-ms") return set_wait(profile.delay, value);
    if (key == "late") return set_rate(profile.late, value);
    if (key == "late-ms") return set_wait(profile.late_by, value);
    if (key == "duplicate") return set_rate(profile.duplicate, value);
    if (key == "lose") return set_rate(profile.lose, value);
    return false;
}

bool set(SimulatorProfile& profile, std::string_view key, std::string_view value) {
    constexpr std::string_view webhook = "webhook-";
    if (key.starts_with(webhook)) return set(profile.webhooks, key.substr(webhook.size()), value);
    if (key == "delay-ms") return set_wait(profile.delay, value);
    if (key == "patience-ms") return set_wait(profile.patience, value);
    if (key == "seed") return set_seed(profile.seed, value);
    return set_fault(profile, key, value);
}

bool matches(const SimulatedRule& rule, const CustomerId& customer, std::int64_t amount) {
    if (rule.amount && *rule.amount != amount) return false;
    if (rule.customer.ends_with('*'))
        return customer.value.starts_with(std::string_view{rule.customer}.substr(0, rule.customer.size() - 1));
    return rule.customer.empty() || rule.customer == customer.value;
}

// Returns a number 0 <= x < 1: a function of its arguments.
double chance(std::uint64_t seed, const Uuid& key, std::uint64_t turn) {
    std::array<std::uint64_t, 2> halves{};
    std::memcpy(halves.data(), key.bytes.data(), key.bytes.size());
    const auto bits = splitmix64(seed + halves[0] * 0x9e3779b97f4a7c15ULL + halves[1] + turn * 0xd1b54a32d192ed03ULL);
    return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

double decline_rate(const SimulatorProfile& profile, SimulatedCall call) {
    switch (call) {
        case SimulatedCall::authorisation: return profile.decline;
        case SimulatedCall::capture: return profile.decline_capture;
        case SimulatedCall::void_: return profile.decline_void;
        case SimulatedCall::refund: return profile.decline_refund;
        case SimulatedCall::query: break;
    }
    return 0;
}

}  // namespace

std::expected<SimulatorProfile, std::string> parse_simulator_profile(std::string_view text) {
    SimulatorProfile profile;
    while (!text.empty()) {
        const auto part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        const auto equals = part.find('=');
        const auto key = part.substr(0, equals);
        if (equals != std::string_view::npos && set(profile, key, part.substr(equals + 1))) continue;
        const bool is_known = set(profile, key, "1");
        return std::unexpected(
            is_known
                ? fmt::format("the payment simulator does not take \"{}\": a share is a number from 0 to 1, a time "
                              "is whole milliseconds",
                              part)
                : fmt::format("the payment simulator does not understand \"{}\"", part));
    }
    return profile;
}

SimulatedFault fault_of(const SimulatorProfile& profile, const SimulatedTry& attempt) {
    using Kind = SimulatedTry::Kind;
    for (const auto& rule : profile.rules) {
        if (rule.fault == SimulatedFault::decline && rule.declined != attempt.kind) continue;
        if (attempt.kind == Kind::query && rule.fault != SimulatedFault::mute) continue;
        if (matches(rule, attempt.customer, attempt.amount)) return rule.fault;
    }
    // Whether a call is declined does not depend on the number of tries.
    if (chance(profile.seed, attempt.key, 0) < decline_rate(profile, attempt.kind)) return SimulatedFault::decline;
    const std::array<std::pair<double, SimulatedFault>, 4> shares{{{profile.fail, SimulatedFault::fail},
                                                                   {profile.forget, SimulatedFault::forget},
                                                                   {profile.lose, SimulatedFault::lose},
                                                                   {profile.mute, SimulatedFault::mute}}};
    auto drawn = chance(profile.seed, attempt.key, attempt.tries + std::uint64_t{1});
    for (const auto& [share, fault] : shares) {
        drawn -= share;
        if (drawn < 0) return fault;
    }
    return SimulatedFault::none;
}

std::vector<std::chrono::milliseconds> webhook_times(const SimulatorProfile& profile, const Uuid& key) {
    // Not a turn of any call or query.
    enum Turn : std::uint64_t { loses = std::uint64_t{1} << 40, comes_late, comes_twice };
    const auto& webhooks = profile.webhooks;
    const auto is_drawn = [&](Turn turn, double rate) { return chance(profile.seed, key, turn) < rate; };
    if (is_drawn(loses, webhooks.lose)) return {};
    const auto wait = webhooks.delay + (is_drawn(comes_late, webhooks.late) ? webhooks.late_by : 0ms);
    return std::vector(is_drawn(comes_twice, webhooks.duplicate) ? 2 : 1, wait);
}

std::chrono::milliseconds wait_of(const SimulatorProfile& profile, SimulatedFault fault) {
    switch (fault) {
        case SimulatedFault::forget:
        case SimulatedFault::lose:
        case SimulatedFault::mute: return profile.patience;
        default: return profile.delay;
    }
}

}  // namespace sillok
