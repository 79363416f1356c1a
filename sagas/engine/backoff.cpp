#include "sagas/engine/backoff.hpp"

#include <algorithm>

namespace sillok::saga {

Timestamp next_attempt_at(const RetryPolicy& policy, std::uint32_t attempt, const DecisionContext& context) {
    const auto doublings = std::min<std::uint32_t>(attempt == 0 ? 0 : attempt - 1, 30);
    const auto longest = std::min<std::int64_t>(policy.wait.count() << doublings, policy.wait_max.count());
    const auto wait = longest <= 0 ? 0 : context.random_bits % static_cast<std::uint64_t>(longest);
    return Timestamp{context.now.value + 1 + static_cast<std::int64_t>(wait)};
}

}  // namespace sillok::saga
