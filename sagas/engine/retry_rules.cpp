#include "sagas/engine/retry_rules.hpp"

#include <algorithm>

namespace sillok::saga {

namespace {

// An answer that is no decision will be the same the next time. Where there is no way but forward, patience costs
// nothing.
constexpr std::uint32_t answered_attempts = 3;

std::uint32_t attempts_of(const Step& step, const PendingIntent& pending) {
    const bool has_way_back = step.kind == StepKind::compensatable;
    const bool is_answered = pending.trouble == Trouble::provider_refused || pending.trouble == Trouble::answer_differs;
    return has_way_back && is_answered ? std::min(answered_attempts, step.retry.attempts) : step.retry.attempts;
}

// A definite no to a capture: it is tried a few times as another call, then somebody has to decide.
constexpr std::uint32_t refused_attempts = 4;

bool is_refused(const PendingIntent& pending) { return pending.trouble == Trouble::capture_refused; }

}  // namespace

Timestamp effective_deadline(const Step& step, const PendingIntent& pending, const DecisionContext& context) {
    if (!context.unavailable_until) return pending.deadline;
    return std::max(pending.deadline, Timestamp{context.unavailable_until->value + step.deadline.count()});
}

bool must_query(const Step& step, const PendingIntent& pending, const DecisionContext& context) {
    if (is_refused(pending)) return false;
    if (pending.query) return true;
    if (context.is_provider_unavailable()) return false;
    return pending.attempt >= attempts_of(step, pending) || context.now >= effective_deadline(step, pending, context);
}

bool is_exhausted(const Step& step, const PendingIntent& pending, const DecisionContext& context) {
    if (is_refused(pending)) return pending.attempt >= std::min(refused_attempts, step.retry.attempts);
    return pending.query && pending.attempt > attempts_of(step, pending) && !context.is_provider_unavailable();
}

}  // namespace sillok::saga
