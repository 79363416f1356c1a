#include "sagas/simulated_payments.hpp"

#include <spdlog/fmt/fmt.h>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <charconv>
#include <cstring>
#include <utility>

namespace sillok {
namespace {

using namespace std::chrono_literals;
constexpr auto wait_max = 3'600'000ms;

template <class Number>
std::optional<Number> number(std::string_view text) {
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return value;
}

bool set_rate(double& rate, std::string_view value) {
    const auto parsed = number<double>(value);
    if (!parsed || !(*parsed >= 0 && *parsed <= 1)) return false;
    rate = *parsed;
    return true;
}

bool set_wait(std::chrono::milliseconds& wait, std::string_view value) {
    const auto parsed = number<std::int64_t>(value);
    if (!parsed || *parsed < 0 || *parsed > wait_max.count()) return false;
    wait = std::chrono::milliseconds{*parsed};
    return true;
}

bool set_seed(std::uint64_t& seed, std::string_view value) {
    const auto parsed = number<std::uint64_t>(value);
    if (parsed) seed = *parsed;
    return parsed.has_value();
}

struct NamedFault {
    std::string_view name;
    SimulatedFault fault;
    double SimulatorProfile::* rate;
};
constexpr std::array named_faults{
    NamedFault{"decline", SimulatedFault::decline, &SimulatorProfile::decline},
    NamedFault{"fail", SimulatedFault::fail, &SimulatorProfile::fail},
    NamedFault{"forget", SimulatedFault::forget, &SimulatorProfile::forget},
    NamedFault{"lose", SimulatedFault::lose, &SimulatorProfile::lose},
    NamedFault{"mute", SimulatedFault::mute, &SimulatorProfile::mute},
};

// "decline", "decline-customer" or "decline-amount", and so for every fault.
bool set_fault(SimulatorProfile& profile, std::string_view key, std::string_view value) {
    for (const auto& [name, fault, rate] : named_faults) {
        if (!key.starts_with(name)) continue;
        const auto what = key.substr(name.size());
        if (what.empty()) return set_rate(profile.*rate, value);
        if (what == "-customer" && !value.empty()) {
            profile.rules.push_back({fault, std::string{value}, std::nullopt});
            return true;
        }
        if (what == "-amount") {
            const auto amount = number<std::int64_t>(value);
            if (amount) profile.rules.push_back({fault, {}, amount});
            return amount.has_value();
        }
    }
    return false;
}

bool set(SimulatorProfile& profile, std::string_view key, std::string_view value) {
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

// A number of 0 <= x < 1 that follows from its arguments alone (the finish of splitmix64).
double chance(std::uint64_t seed, const Uuid& key, std::uint64_t turn) {
    std::array<std::uint64_t, 2> halves{};
    std::memcpy(halves.data(), key.bytes.data(), key.bytes.size());
    auto bits = seed + halves[0] * 0x9e3779b97f4a7c15ULL + halves[1] + turn * 0xd1b54a32d192ed03ULL;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9ULL;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebULL;
    bits ^= bits >> 31;
    return static_cast<double>(bits >> 11) * 0x1.0p-53;
}

PaymentAnswer capture(LedgerEntry& account, const PaymentCall& call) {
    if (account.voided) return Declined{"the authorisation has been voided"};
    if (call.amount.amount > account.authorised.amount - account.captured) return Declined{"more than was authorised"};
    account.captured += call.amount.amount;
    return Approved{call.reference};
}

PaymentAnswer void_authorisation(LedgerEntry& account, const PaymentCall& call) {
    if (account.captured > 0) return Declined{"captured already"};
    account.voided = true;
    return Approved{call.reference};
}

PaymentAnswer refund(LedgerEntry& account, const PaymentCall& call) {
    if (call.amount.amount > account.captured - account.refunded) return Declined{"more than was captured"};
    account.refunded += call.amount.amount;
    return Approved{call.reference};
}

}  // namespace

std::expected<SimulatorProfile, std::string> parse_simulator_profile(std::string_view text) {
    SimulatorProfile profile;
    while (!text.empty()) {
        const auto part = text.substr(0, text.find(','));
        text.remove_prefix(std::min(text.size(), part.size() + 1));
        const auto equals = part.find('=');
        if (equals == std::string_view::npos || !set(profile, part.substr(0, equals), part.substr(equals + 1)))
            return std::unexpected(fmt::format("the payment simulator does not understand \"{}\"", part));
    }
    return profile;
}

SimulatedPayments::SimulatedPayments(SimulatorProfile profile) : profile_(std::move(profile)) {}

asio::awaitable<PaymentAnswer> SimulatedPayments::authorise(PaymentCall call) {
    return deliver(receive(Operation::authorise, call));
}
asio::awaitable<PaymentAnswer> SimulatedPayments::capture(PaymentCall call) {
    return deliver(receive(Operation::capture, call));
}
asio::awaitable<PaymentAnswer> SimulatedPayments::void_authorisation(PaymentCall call) {
    return deliver(receive(Operation::void_authorisation, call));
}
asio::awaitable<PaymentAnswer> SimulatedPayments::refund(PaymentCall call) {
    return deliver(receive(Operation::refund, call));
}
asio::awaitable<PaymentAnswer> SimulatedPayments::query(Uuid key) { return deliver(receive_query(key)); }

asio::awaitable<PaymentAnswer> SimulatedPayments::deliver(Reply reply) {
    if (reply.wait > 0ms) {
        asio::steady_timer timer{co_await asio::this_coro::executor, reply.wait};
        co_await timer.async_wait(asio::use_awaitable);
    }
    co_return std::move(reply.answer);
}

SimulatedPayments::Reply SimulatedPayments::receive(Operation operation, const PaymentCall& call) {
    const std::scoped_lock lock{mutex_};
    ++calls_;
    auto& entry = remember(call.key);
    entry.operation = operation;
    if (!entry.answer) entry.account = {call.order, call.customer, call.amount};
    const auto fault = fault_of(entry, call.key, false);
    ++entry.tries;
    if (fault == SimulatedFault::fail || fault == SimulatedFault::lose) return reply(fault, NotReceived{});
    if (!entry.answer) {
        auto answer = book(operation, call, fault == SimulatedFault::decline);
        // Booking may have brought another account into memory: the entry is looked up again.
        return reply(fault, *(remember(call.key).answer = std::move(answer)));
    }
    return reply(fault, *entry.answer);
}

SimulatedPayments::Reply SimulatedPayments::receive_query(const Uuid& key) {
    const std::scoped_lock lock{mutex_};
    ++calls_;
    const auto found = entries_.find(key);
    if (found == entries_.end()) return reply(SimulatedFault::none, NotReceived{});
    auto& entry = found->second;
    const auto fault = fault_of(entry, key, true);
    ++entry.tries;
    return reply(fault, entry.answer.value_or(NotReceived{}));
}

SimulatedPayments::Entry& SimulatedPayments::remember(const Uuid& key) {
    const auto [entry, fresh] = entries_.try_emplace(key);
    if (fresh) {
        age_.push_back(key);
        if (age_.size() > remembered_max) {
            entries_.erase(age_.front());
            age_.pop_front();
        }
    }
    return entry->second;
}

SimulatedFault SimulatedPayments::fault_of(const Entry& entry, const Uuid& key, bool is_question) const {
    const bool may_decline = !is_question && entry.operation == Operation::authorise;
    for (const auto& rule : profile_.rules) {
        if (rule.fault == SimulatedFault::decline && !may_decline) continue;
        if (is_question && rule.fault != SimulatedFault::mute) continue;
        if (matches(rule, entry.account.customer, entry.account.authorised.amount)) return rule.fault;
    }
    // Whether it is declined does not depend on how often it is tried.
    if (may_decline && chance(profile_.seed, key, 0) < profile_.decline) return SimulatedFault::decline;
    const std::array<std::pair<double, SimulatedFault>, 4> shares{{{profile_.fail, SimulatedFault::fail},
                                                                   {profile_.forget, SimulatedFault::forget},
                                                                   {profile_.lose, SimulatedFault::lose},
                                                                   {profile_.mute, SimulatedFault::mute}}};
    auto drawn = chance(profile_.seed, key, entry.tries + 1);
    for (const auto& [share, fault] : shares) {
        drawn -= share;
        if (drawn < 0) return fault;
    }
    return SimulatedFault::none;
}

SimulatedPayments::Reply SimulatedPayments::reply(SimulatedFault fault, PaymentAnswer answer) const {
    switch (fault) {
        case SimulatedFault::fail: return {Unknown{"the provider failed"}, profile_.delay};
        case SimulatedFault::forget:
        case SimulatedFault::lose:
        case SimulatedFault::mute: return {Unknown{"no answer"}, profile_.patience};
        default: return {std::move(answer), profile_.delay};
    }
}

LedgerEntry& SimulatedPayments::account_of(const PaymentCall& call, std::int64_t captured) {
    const auto reference = Uuid::parse(call.reference).value_or(Uuid{});
    auto& entry = remember(reference);
    if (!entry.answer) {
        entry.account = {call.order, call.customer, call.amount, captured};
        entry.answer = Approved{call.reference};
    }
    return entry.account;
}

PaymentAnswer SimulatedPayments::book(Operation operation, const PaymentCall& call, bool decline) {
    switch (operation) {
        case Operation::authorise:
            if (decline) return Declined{"card declined"};
            return Approved{call.key.text()};
        case Operation::capture: return sillok::capture(account_of(call, 0), call);
        case Operation::void_authorisation: return sillok::void_authorisation(account_of(call, 0), call);
        case Operation::refund: return sillok::refund(account_of(call, call.amount.amount), call);
    }
    std::unreachable();
}

void SimulatedPayments::behave(SimulatorProfile profile) {
    const std::scoped_lock lock{mutex_};
    profile_ = std::move(profile);
}

std::map<std::string, LedgerEntry> SimulatedPayments::ledger() const {
    const std::scoped_lock lock{mutex_};
    std::map<std::string, LedgerEntry> approved;
    for (const auto& [key, entry] : entries_)
        if (entry.operation == Operation::authorise && entry.answer && std::holds_alternative<Approved>(*entry.answer))
            approved.emplace(std::get<Approved>(*entry.answer).reference, entry.account);
    return approved;
}

std::uint64_t SimulatedPayments::calls() const {
    const std::scoped_lock lock{mutex_};
    return calls_;
}

}  // namespace sillok
