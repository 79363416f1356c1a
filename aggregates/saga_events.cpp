#include "aggregates/saga_events.hpp"

#include <utility>

namespace sillok::saga {

event::Started event::Started::upcast(StartedV1 before) {
    return {.definition = std::move(before.definition),
            .definition_version = before.definition_version,
            .order = std::move(before.order),
            .customer = std::move(before.customer),
            .address = std::move(before.address),
            .amount = before.amount,
            .items = std::move(before.items),
            .trigger = before.trigger,
            .pivot_by = {}};
}

event::CompensationStarted event::CompensationStarted::upcast(CompensationStartedV1 before) {
    return {.reason = std::move(before.reason), .detail = std::move(before.detail), .definition_version = 0};
}

event::CommandScheduled event::scheduled(const CommandExecuted& executed) {
    return {.step = executed.step,
            .direction = executed.direction,
            .command_id = executed.command_id,
            .target = executed.target,
            .attempt = executed.attempt,
            .generation = executed.generation,
            .query = false,
            .deadline = {}};
}

event::CommandCompleted event::completed(const CommandExecuted& executed) {
    return {.command_id = executed.command_id,
            .step = executed.step,
            .direction = executed.direction,
            .outcome = executed.outcome,
            .code = executed.code,
            .detail = executed.detail,
            .retry_at = {}};
}

std::optional<event::CommandExecuted> executed(const Event& scheduled, const Event& completed) {
    const auto* before = std::get_if<event::CommandScheduled>(&scheduled);
    const auto* after = std::get_if<event::CommandCompleted>(&completed);
    if (before == nullptr || after == nullptr || before->command_id != after->command_id) return std::nullopt;
    if (before->query || after->outcome == Outcome::unknown) return std::nullopt;
    return event::CommandExecuted{.step = before->step,
                                  .direction = before->direction,
                                  .command_id = before->command_id,
                                  .target = before->target,
                                  .attempt = before->attempt,
                                  .generation = before->generation,
                                  .outcome = after->outcome,
                                  .code = after->code,
                                  .detail = after->detail};
}

std::string_view text(Direction direction) {
    switch (direction) {
        case Direction::forward: return "forward";
        case Direction::compensate: return "compensate";
    }
    return "unknown";
}

std::string_view text(Outcome outcome) {
    switch (outcome) {
        case Outcome::done: return "done";
        case Outcome::refused: return "refused";
        case Outcome::unknown: return "unknown";
    }
    return "unknown";
}

std::string_view text(Ending ending) {
    switch (ending) {
        case Ending::completed: return "completed";
        case Ending::compensated: return "compensated";
        case Ending::stopped: return "stopped";
        case Ending::refused: return "refused";
    }
    return "unknown";
}

std::string_view text(OperatorAction verb) {
    switch (verb) {
        case OperatorAction::retry: return "retry";
        case OperatorAction::skip: return "skip";
        case OperatorAction::compensate: return "compensate";
        case OperatorAction::resume: return "resume";
        case OperatorAction::annotate: return "annotate";
    }
    return "unknown";
}

std::string_view text(CompensationReason reason) {
    switch (reason) {
        case CompensationReason::refusal: return {};
        case CompensationReason::reservation_expired: return "reservation-expired";
        case CompensationReason::delivery_returned: return "delivery-returned";
        case CompensationReason::delivery_arrived: return "already-delivered";
        case CompensationReason::operator_decided: return "operator-decided";
    }
    std::unreachable();
}

std::string_view text(RefusalReason reason) {
    switch (reason) {
        case RefusalReason::business_rule: return {};
        case RefusalReason::cancellation_requested: return "cancellation-requested";
    }
    std::unreachable();
}

CompensationReason compensation_reason(std::string_view stored) {
    using enum CompensationReason;
    for (const auto reason : {reservation_expired, delivery_returned, operator_decided})
        if (text(reason) == stored) return reason;
    return refusal;
}

RefusalReason refusal_reason(std::string_view stored) {
    using enum RefusalReason;
    return stored == text(cancellation_requested) ? cancellation_requested : business_rule;
}

}  // namespace sillok::saga
