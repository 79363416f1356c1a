#include "sagas/payment_simulator/simulated_payments.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sillok {
namespace {

using namespace std::chrono_literals;

ProviderResponse answer_of(const std::expected<void, std::string>& booked, const std::string& reference) {
    if (!booked) return provider::Declined{booked.error()};
    return provider::Approved{reference};
}

}  // namespace

SimulatedPayments::SimulatedPayments(SimulatorProfile profile) : profile_(std::move(profile)) {}

asio::awaitable<ProviderResponse> SimulatedPayments::authorise(PaymentCall call) {
    return deliver(receive(Operation::authorise, call));
}
asio::awaitable<ProviderResponse> SimulatedPayments::capture(PaymentCall call) {
    return deliver(receive(Operation::capture, call));
}
asio::awaitable<ProviderResponse> SimulatedPayments::void_authorisation(PaymentCall call) {
    return deliver(receive(Operation::void_authorisation, call));
}
asio::awaitable<ProviderResponse> SimulatedPayments::refund(PaymentCall call) {
    return deliver(receive(Operation::refund, call));
}
asio::awaitable<ProviderResponse> SimulatedPayments::query(Uuid key) { return deliver(receive_query(key, false)); }
asio::awaitable<ProviderResponse> SimulatedPayments::give_up(Uuid key) { return deliver(receive_query(key, true)); }

asio::awaitable<ProviderResponse> SimulatedPayments::deliver(Reply reply) {
    if (reply.wait > 0ms) {
        asio::steady_timer timer{co_await asio::this_coro::executor, reply.wait};
        co_await timer.async_wait(asio::use_awaitable);
    }
    co_return std::move(reply.answer);
}

SimulatedPayments::Reply SimulatedPayments::receive(Operation operation, const PaymentCall& call) {
    const MutexLock lock{mutex_};
    ++calls_;
    auto& entry = remember(call.key);
    entry.operation = operation;
    if (!entry.answer) entry.account = {call.order, call.customer, call.amount};
    const auto fault = fault_of(entry, call.key, false);
    ++entry.tries;
    if (fault == SimulatedFault::fail || fault == SimulatedFault::lose) return reply(fault, provider::NotReceived{});
    if (!entry.answer) {
        auto answer = post(operation, call, fault == SimulatedFault::decline);
        // ProviderOperation may have brought another account into memory: the entry is looked up again.
        return reply(fault, *(remember(call.key).answer = std::move(answer)));
    }
    return reply(fault, *entry.answer);
}

SimulatedPayments::Reply SimulatedPayments::receive_query(const Uuid& key, bool give_up) {
    const MutexLock lock{mutex_};
    ++calls_;
    if (!entries_.contains(key) && !give_up) return reply(SimulatedFault::none, provider::NotReceived{});
    auto& entry = remember(key);
    const auto fault = fault_of(entry, key, true);
    ++entry.tries;
    if (!entry.answer && give_up) {
        entry.given_up = true;
        entry.answer = provider::Declined{"given up before it arrived"};
    }
    if (entry.given_up) return reply(fault, provider::NotReceived{});
    return reply(fault, entry.answer.value_or(provider::NotReceived{}));
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
    using Kind = SimulatedTry::Kind;
    const auto kind = is_question                               ? Kind::question
                      : entry.operation == Operation::authorise ? Kind::authorisation
                                                                : Kind::other_call;
    return sillok::fault_of(profile_,
                            {kind, key, entry.account.customer, entry.account.authorised.amount, entry.tries});
}

SimulatedPayments::Reply SimulatedPayments::reply(SimulatedFault fault, ProviderResponse answer) const {
    const auto wait = wait_of(profile_, fault);
    switch (fault) {
        case SimulatedFault::fail: return {provider::Unknown{"the provider failed"}, wait};
        case SimulatedFault::forget:
        case SimulatedFault::lose:
        case SimulatedFault::mute: return {provider::Unknown{"no answer"}, wait};
        default: return {std::move(answer), wait};
    }
}

LedgerEntry& SimulatedPayments::account_of(const PaymentCall& call, std::int64_t captured) {
    const auto reference = Uuid::parse(call.reference).value_or(Uuid{});
    auto& entry = remember(reference);
    if (!entry.answer) {
        entry.account = {call.order, call.customer, call.amount, captured};
        entry.answer = provider::Approved{call.reference};
    }
    return entry.account;
}

ProviderResponse SimulatedPayments::post(Operation operation, const PaymentCall& call, bool decline) {
    switch (operation) {
        case Operation::authorise:
            if (decline) return provider::Declined{"card declined"};
            return provider::Approved{call.key.text()};
        case Operation::capture:
            return answer_of(sillok::capture(account_of(call, 0), call.amount.amount), call.reference);
        case Operation::void_authorisation:
            return answer_of(sillok::void_authorisation(account_of(call, 0)), call.reference);
        case Operation::refund:
            return answer_of(sillok::refund(account_of(call, call.amount.amount), call.amount.amount), call.reference);
    }
    std::unreachable();
}

void SimulatedPayments::behave(SimulatorProfile profile) {
    const MutexLock lock{mutex_};
    profile_ = std::move(profile);
}

std::map<std::string, LedgerEntry> SimulatedPayments::ledger() const {
    const MutexLock lock{mutex_};
    std::map<std::string, LedgerEntry> approved;
    for (const auto& [key, entry] : entries_)
        if (entry.operation == Operation::authorise && entry.answer &&
            std::holds_alternative<provider::Approved>(*entry.answer))
            approved.emplace(std::get<provider::Approved>(*entry.answer).reference, entry.account);
    return approved;
}

std::uint64_t SimulatedPayments::calls() const {
    const MutexLock lock{mutex_};
    return calls_;
}

}  // namespace sillok
