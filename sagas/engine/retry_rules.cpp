#include "sagas/engine/retry_rules.hpp"

#include <algorithm>

namespace sillok::saga {

Timestamp effective_deadline(const Step& step, const PendingIntent& pending, const DecisionContext& context) {
    if (!context.unavailable_until) return pending.deadline;
    return std::max(pending.deadline, Timestamp{context.unavailable_until->value + step.deadline.count()});
}

bool must_query(const Step& step, const PendingIntent& pending, const DecisionContext& context) {
    if (pending.query) return true;
    if (context.is_provider_unavailable()) return false;
    return pending.attempt >= step.retry.attempts || context.now >= effective_deadline(step, pending, context);
}

bool is_exhausted(const Step& step, const PendingIntent& pending, const DecisionContext& context) {
    return pending.query && pending.attempt > step.retry.attempts && !context.is_provider_unavailable();
}

}  // namespace sillok::saga
