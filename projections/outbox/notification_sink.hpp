// Where messages go that leave the program: a log now, webhooks later.
//
// The list of messages is exact: one per event, written with the checkpoint of its model. What leaves the
// program cannot be: the sink's own position is written after the message was handed over, so a crash in
// between hands it over again. A sink that must not repeat itself recognises Notifications::Row::sequence.
// The position belongs to the sink, not to the rows: a rebuild hands nothing over again. With the whole views
// directory deleted the position is gone, too; a sink then starts at the log's head of that moment.
#pragma once

#include "projections/views/notifications.hpp"

#include <string_view>

namespace sillok {

// Threads: one at a time.
class NotificationSink {
   public:
    virtual ~NotificationSink() = default;
    // Its position is kept under this name. Stored: [a-z_]
    [[nodiscard]] virtual std::string_view name() const = 0;
    // False: not now; it is offered again after a while, and nothing after it before.
    [[nodiscard]] virtual bool accept(const Notifications::Row& message) = 0;
};

// One line of the program's log per message, at level debug: a busy shop has thousands a second.
class LogSink final : public NotificationSink {
   public:
    [[nodiscard]] std::string_view name() const override { return "log"; }
    [[nodiscard]] bool accept(const Notifications::Row& message) override;
};

}  // namespace sillok
