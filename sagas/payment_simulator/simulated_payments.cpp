#include "sagas/payment_simulator/simulated_payments.hpp"

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sillok {
namespace {

using Type = ProviderOperation::Type;

asio::awaitable<ProviderResponse> deliver(std::expected<SimulatedResponse, LedgerError> result) {
    if (!result) {
        using Cause = provider::Unknown::Cause;
        const auto cause = result.error() == LedgerError::full ? Cause::no_answer : Cause::refused;
        co_return provider::Unknown{std::string{text(result.error())}, cause};
    }
    if (result->wait.count() > 0) {
        asio::steady_timer timer{co_await asio::this_coro::executor, result->wait};
        co_await timer.async_wait(asio::use_awaitable);
    }
    co_return std::move(result->response);
}

// The account of an authorisation that this call needs and the ledger does not know.
LedgerAccount account_assumed_by(Type type, const PaymentCall& call) {
    LedgerEntry entry{call.order, call.customer, call.amount};
    if (type == Type::refund) entry.captured = call.amount.amount;
    return {call.reference, std::move(entry)};
}

}  // namespace

SimulatedPayments::SimulatedPayments(SimulatorProfile profile)
    : provider_(std::move(profile), ProviderLedger{remembered_max, ProviderLedger::WhenFull::forget_oldest}) {}

asio::awaitable<ProviderResponse> SimulatedPayments::authorise(PaymentCall call) {
    return deliver(receive(Type::authorise, call));
}
asio::awaitable<ProviderResponse> SimulatedPayments::capture(PaymentCall call) {
    return deliver(receive(Type::capture, call));
}
asio::awaitable<ProviderResponse> SimulatedPayments::void_authorisation(PaymentCall call) {
    return deliver(receive(Type::void_, call));
}
asio::awaitable<ProviderResponse> SimulatedPayments::refund(PaymentCall call) {
    return deliver(receive(Type::refund, call));
}
asio::awaitable<ProviderResponse> SimulatedPayments::query(Uuid key) {
    return deliver(receive_query(key, SimulatedProvider::Fence::no));
}
asio::awaitable<ProviderResponse> SimulatedPayments::give_up(Uuid key) {
    return deliver(receive_query(key, SimulatedProvider::Fence::yes));
}

SimulatedPayments::Result SimulatedPayments::receive(ProviderOperation::Type type, const PaymentCall& call) {
    const MutexLock lock{mutex_};
    ++calls_;
    const OperationRequest request{type, call.key, call.order, call.customer, call.amount, call.reference};
    auto result = provider_.call(request);
    if (result || result.error() != LedgerError::reference_unknown) return result;
    provider_.ledger().assume(account_assumed_by(type, call));
    return provider_.call(request);
}

SimulatedPayments::Result SimulatedPayments::receive_query(const Uuid& key, SimulatedProvider::Fence fence) {
    const MutexLock lock{mutex_};
    ++calls_;
    return provider_.query(key, fence);
}

void SimulatedPayments::behave(SimulatorProfile profile) {
    const MutexLock lock{mutex_};
    provider_.behave(std::move(profile));
}

std::map<std::string, LedgerEntry> SimulatedPayments::ledger() const {
    const MutexLock lock{mutex_};
    std::map<std::string, LedgerEntry> entries;
    for (const auto& [reference, entry] : provider_.ledger().accounts()) entries.emplace(reference, entry);
    return entries;
}

std::uint64_t SimulatedPayments::calls() const {
    const MutexLock lock{mutex_};
    return calls_;
}

}  // namespace sillok
