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

event::CommandScheduled event::intended(const CommandExecuted& performed) {
    return {.step = performed.step,
            .direction = performed.direction,
            .command_id = performed.command_id,
            .target = performed.target,
            .attempt = performed.attempt,
            .generation = performed.generation,
            .query = false,
            .deadline = {}};
}

event::CommandCompleted event::settled(const CommandExecuted& performed) {
    return {.command_id = performed.command_id,
            .step = performed.step,
            .direction = performed.direction,
            .outcome = performed.outcome,
            .code = performed.code,
            .detail = performed.detail,
            .retry_at = {}};
}

std::optional<event::CommandExecuted> performed(const Event& intended, const Event& settled) {
    const auto* before = std::get_if<event::CommandScheduled>(&intended);
    const auto* after = std::get_if<event::CommandCompleted>(&settled);
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

}  // namespace sillok::saga
