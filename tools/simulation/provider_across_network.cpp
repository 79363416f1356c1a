#include "tools/simulation/provider_across_network.hpp"

#include <memory>
#include <string>
#include <utility>
#include <variant>

namespace sillok::simulation {
namespace {

using namespace std::chrono_literals;

constexpr Microseconds call_timeout = 10s;

}  // namespace

ProviderAcrossNetwork::ProviderAcrossNetwork(const FaultRates& rates, Scheduler& scheduler, Rng& rng,
                                             InjectedBug injected_bug)
    : rates_(rates), scheduler_(scheduler), rng_(rng), injected_bug_(injected_bug) {}

bool ProviderAcrossNetwork::happens(double rate) {
    if (!rng_.happens(rate)) return false;
    ++faults_;
    return true;
}

double ProviderAcrossNetwork::decline_rate(ProviderOperation::Type type) const {
    switch (type) {
        case ProviderOperation::Type::authorise: return rates_.declined;
        case ProviderOperation::Type::capture: return rates_.capture_declined;
        default: return 0;
    }
}

Microseconds ProviderAcrossNetwork::latency() {
    if (happens(rates_.late)) return Microseconds{rng_.between(1'000'000, 300'000'000)};
    return Microseconds{rng_.between(500, 100'000)};
}

void ProviderAcrossNetwork::call(const saga::ProviderRequest& request, OnResponse on_response) {
    struct Pending {
        OnResponse on_response;
        Microseconds since;
    };
    const auto pending = std::make_shared<Pending>(std::move(on_response), scheduler_.now());
    const auto once = [this, pending](const ProviderResponse& response, auto) {
        if (!pending->on_response) return;
        const auto respond = std::exchange(pending->on_response, nullptr);
        respond(response, std::chrono::duration_cast<std::chrono::milliseconds>(scheduler_.now() - pending->since));
    };
    scheduler_.after(call_timeout, [once] { once(provider::Unknown{"no answer"}, 0ms); });
    if (!happens(rates_.call_lost)) send(request, once);
    if (happens(rates_.call_doubled)) send(request, once);
}

void ProviderAcrossNetwork::send(const saga::ProviderRequest& request, const OnResponse& on_response) {
    scheduler_.after(latency(), [this, request, on_response] {
        if (outage_) return;
        const auto response = answer_to(request);
        if (happens(rates_.answer_lost)) return;
        scheduler_.after(latency(), [response, on_response] { on_response(response, 0ms); });
    });
}

// The provider has done what it was asked, but may say what became of somebody else's call.
ProviderResponse ProviderAcrossNetwork::answer_to(const saga::ProviderRequest& request) {
    auto response = receive(request);
    const bool has_other = last_posted_ && last_posted_->order != request.call.order;
    if (has_other && happens(rates_.answer_mixed_up)) response = response_of(*last_posted_);
    if (injected_bug_ != InjectedBug::answer_not_compared) return response;
    if (auto* approved = std::get_if<provider::Approved>(&response)) approved->echo = {};
    if (auto* declined = std::get_if<provider::Declined>(&response)) declined->echo = {};
    return response;
}

ProviderResponse ProviderAcrossNetwork::receive(const saga::ProviderRequest& request) {
    if (happens(rates_.provider_error)) return provider::Unknown{"the provider failed"};
    if (request.query) return receive_query(request.call.key);
    OperationRequest posting{request.type,          request.call.key,    request.call.order,
                             request.call.customer, request.call.amount, request.call.reference};
    if (injected_bug_ == InjectedBug::provider_not_idempotent && ledger_.find(posting.key) != nullptr)
        posting.key = uuid_v5(posting.key, std::to_string(++replays_));
    const auto operation = ledger_.prepare(posting);
    if (!operation) return provider::Unknown{std::string{text(operation.error())}};
    if (ledger_.find(posting.key) != nullptr) return response_of(*operation);
    const bool declines = happens(decline_rate(request.type));
    const auto& posted =
        ledger_.post(*operation, declines ? std::optional<std::string>{"card declined"} : std::nullopt);
    last_posted_ = posted;
    send_notice(posted);
    return response_of(posted);
}

ProviderResponse ProviderAcrossNetwork::receive_query(const Uuid& key) {
    const auto* operation =
        injected_bug_ == InjectedBug::question_keeps_key_alive ? ledger_.find(key) : ledger_.give_up(key);
    if (operation == nullptr || operation->type == ProviderOperation::Type::give_up) return provider::NotReceived{};
    return response_of(*operation);
}

void ProviderAcrossNetwork::send_notice(const ProviderOperation& operation) {
    if (!on_notice_ || !rng_.happens(rates_.notice)) return;
    for (auto copies = happens(rates_.notice_doubled) ? 2 : 1; copies > 0; --copies)
        scheduler_.after(latency(), [this, operation] { on_notice_(operation); });
}

}  // namespace sillok::simulation
