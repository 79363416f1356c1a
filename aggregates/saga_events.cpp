#include "aggregates/saga_events.hpp"

namespace sillok::saga {

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

}  // namespace sillok::saga
