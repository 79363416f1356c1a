#include "sagas/payments/provider_response.hpp"

#include "sagas/payments/provider_operation.hpp"

namespace sillok {

ProviderResponse response_of(const ProviderOperation& operation) {
    if (operation.declined) return provider::Declined{*operation.declined};
    return provider::Approved{operation.reference};
}

}  // namespace sillok
