#include "aggregates/unreadable_event.hpp"

#include <spdlog/fmt/fmt.h>

namespace sillok {

std::string text(const UnreadableEvent& event) {
    return fmt::format("position {}, stream {}: {}", event.position.value, event.stream, event.what);
}

}  // namespace sillok
