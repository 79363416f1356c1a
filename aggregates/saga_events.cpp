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

std::string_view text(Verb verb) {
    switch (verb) {
        case Verb::retry: return "retry";
        case Verb::skip: return "skip";
        case Verb::compensate: return "compensate";
        case Verb::resume: return "resume";
        case Verb::annotate: return "annotate";
    }
    return "unknown";
}

}  // namespace sillok::saga
