#include "sagas/engine/provider_request.hpp"

#include <utility>

namespace sillok::saga {

using Type = ProviderOperation::Type;

bool is_answered_by(const ProviderRequest& request, const ProviderOperation& operation) {
    if (request.call.key != operation.key || request.call.order != operation.order) return false;
    if (request.type != operation.type) return false;
    return request.type != Type::refund || request.call.amount == operation.amount;
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
