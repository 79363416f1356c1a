// A stored event that this program cannot read, so its stream cannot be followed beyond it: of an unknown type, of a
// newer schema version, with a damaged payload, or contradicting the earlier events of its stream. It is the trouble of
// one stream. Everything else goes on.
#pragma once

#include "eventstore/position.hpp"

#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>

namespace sillok {

struct UnreadableEvent {
    Position position;
    std::string stream;
    std::string type;
    std::string what;  // why it cannot be read; names type and schema version
    friend bool operator==(const UnreadableEvent&, const UnreadableEvent&) = default;
};

// "position 61, stream stock-p: unknown event stock.quarantined, schema version 1".
std::string text(const UnreadableEvent& event);

// The code of the problem, and the beginning of the reason for which a saga is parked. Stored in journals.
inline constexpr std::string_view event_unreadable_code = "event-unreadable";
// Whether that is the reason.
constexpr bool is_unreadable(std::string_view reason) { return reason.starts_with(event_unreadable_code); }

// A state was asked for that cannot be known. Not a StorageError: the log is well.
class StreamUnreadable : public std::runtime_error {
   public:
    explicit StreamUnreadable(const UnreadableEvent& event) : std::runtime_error(text(event)), event_(event) {}
    [[nodiscard]] const UnreadableEvent& event() const noexcept { return event_; }

   private:
    UnreadableEvent event_;
};

}  // namespace sillok
