#include "sagas/engine/provider_request.hpp"

#include "sagas/payments/provider_reason.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace sillok::saga {

using Type = ProviderOperation::Type;

bool is_answered_by(const ProviderRequest& request, const ProviderOperation& operation) {
    if (request.call.key != operation.key || request.call.order != operation.order) return false;
    if (request.type != operation.type) return false;
    return request.type != Type::refund || request.call.amount == operation.amount;
}

namespace {

// How an answer contradicts the request; empty if it does not.
std::string difference(const PaymentCall& asked, const provider::Echo& said) {
    if (said.unreadable) return "the provider's answer names an order or an amount that cannot be read";
    if (said.order && *said.order != asked.order.value)
        return fmt::format("the provider answered for order {}, asked was {}", *said.order, asked.order.value);
    const bool is_other_amount = said.amount && *said.amount != asked.amount.amount;
    const bool is_other_currency = said.currency && *said.currency != asked.amount.currency.text();
    if (!is_other_amount && !is_other_currency) return {};
    return fmt::format("the provider answered for {} {}, asked were {} {}", said.amount.value_or(asked.amount.amount),
                       said.currency.value_or(std::string{asked.amount.currency.text()}), asked.amount.amount,
                       asked.amount.currency.text());
}

// What the answer says about its call; null for an unknown outcome.
const provider::Echo* echo_of(const ProviderResponse& response) {
    return std::visit(
        [](const auto& answer) -> const provider::Echo* {
            if constexpr (requires { answer.echo; }) return &answer.echo;
            return nullptr;
        },
        response);
}

}  // namespace

std::optional<ProviderResponse> corrected(const ProviderRequest& request, const ProviderResponse& response) {
    const auto* declined = std::get_if<provider::Declined>(&response);
    if (const auto* echo = echo_of(response)) {
        auto what = difference(request.call, *echo);
        if (!what.empty()) {
            what = provider_reason(what);
            spdlog::error("order {}, key {}: {}", request.call.order.value, request.call.key.text(), what);
            return provider::Unknown{std::move(what), provider::Unknown::Cause::differs};
        }
    }
    if (declined != nullptr) return provider::Declined{provider_reason(declined->reason)};
    if (const auto* unknown = std::get_if<provider::Unknown>(&response))
        return provider::Unknown{provider_reason(unknown->detail), unknown->cause, unknown->retry_after};
    return std::nullopt;
}

asio::awaitable<ProviderResponse> call(Payments& payments, ProviderRequest request) {
    if (request.query) return payments.give_up(request.call.key);
    switch (request.type) {
        case Type::authorise: return payments.authorise(std::move(request.call));
        case Type::capture: return payments.capture(std::move(request.call));
        case Type::void_: return payments.void_authorisation(std::move(request.call));
        case Type::refund: return payments.refund(std::move(request.call));
        case Type::give_up: return payments.give_up(request.call.key);
    }
    std::unreachable();
}

}  // namespace sillok::saga
