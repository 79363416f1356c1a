// The time between two attempts at a step: exponential backoff with full jitter.
#pragma once

#include "sagas/engine/decision_context.hpp"

#include <chrono>
#include <cstdint>

namespace sillok::saga {

struct RetryPolicy {
    std::uint32_t attempts = 8;  // commands; then one query (retry_rules.hpp)
    std::chrono::milliseconds wait{200};
    std::chrono::milliseconds wait_max{10'000};
};

// About a day. For calls to the provider after the pivot, where there is no way but forward.
inline constexpr RetryPolicy for_a_day{.attempts = 24, .wait_max = std::chrono::hours{1}};

// Returns the time of the attempt after the given one. It is always later than now.
Timestamp next_attempt_at(const RetryPolicy& policy, std::uint32_t attempt, const DecisionContext& context);

}  // namespace sillok::saga
