#include "sagas/engine/definition.hpp"

#include "sagas/cancellation.hpp"
#include "sagas/fulfilment.hpp"

#include <algorithm>

namespace sillok::saga {

const Definition* find_definition(std::string_view name, std::uint32_t version) {
    for (const auto* known : {&Fulfilment::definition(), &Cancellation::definition()})
        if (known->name == name && known->version == version) return known;
    return nullptr;
}

Timestamp retry_at(const RetryPolicy& policy, std::uint32_t attempt, const DecisionContext& moment) {
    const auto doublings = std::min<std::uint32_t>(attempt == 0 ? 0 : attempt - 1, 30);
    const auto longest = std::min<std::int64_t>(policy.base.count() << doublings, policy.most.count());
    const auto wait = longest <= 0 ? 0 : moment.chance % static_cast<std::uint64_t>(longest);
    return Timestamp{moment.now.value + 1 + static_cast<std::int64_t>(wait)};
}

}  // namespace sillok::saga
