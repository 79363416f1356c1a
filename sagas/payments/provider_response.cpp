#include "sagas/payments/provider_response.hpp"

#include "sagas/payments/provider_operation.hpp"

namespace sillok {
namespace {

provider::Echo echo_of(const ProviderOperation& operation) {
    if (operation.type == ProviderOperation::Type::give_up) return {};
    return {operation.order.value, operation.amount.amount, std::string{operation.amount.currency.text()}};
}

}  // namespace

ProviderResponse response_of(const ProviderOperation& operation) {
    if (operation.declined) return provider::Declined{*operation.declined, echo_of(operation)};
    return provider::Approved{operation.reference, echo_of(operation)};
}

}  // namespace sillok
