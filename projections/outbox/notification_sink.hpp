// Where notifications go that leave the program: a log now, webhooks later. This is the far end of an outbox: the read
// model `notifications` is the outbox, a dispatcher (notification_dispatcher.hpp) delivers its messages to a sink.
//
// Delivery: at least once, in order. The list of messages is exact: one per event, written with the checkpoint of its
//           read model. The sink's position is stored after a message was delivered, so a crash in between delivers it
//           again, under the same sequence. A sink that must not repeat itself recognises Notifications::Row::sequence.
// Rebuild:  the position is kept in the log, beside the events, because no read model may be needed to know what was
//           sent. Rebuilding or deleting the read models sends nothing again, and what was not sent yet is sent when
//           they are there again. A backup has the position, too, and so has what is restored from it. A sink that is
//           new to a log, or to a log that was imported, starts at its end.
#pragma once

#include "eventstore/position.hpp"
#include "projections/views/notifications.hpp"

#include <string>
#include <string_view>

namespace sillok {

// Threads: one at a time.
class NotificationSink {
   public:
    virtual ~NotificationSink() = default;
    // Its position is kept under this name. Stored: [a-z_]
    [[nodiscard]] virtual std::string_view name() const = 0;
    // Returns true when the message is delivered for good.
    // Returns false when it must be retried: it comes again after a while, and no later message before it.
    [[nodiscard]] virtual bool deliver(const Notifications::Row& message) = 0;
};

// How far a sink is.
struct SinkStatus {
    std::string_view name;
    Position position;    // every message up to here is delivered
    std::string failure;  // why delivery has stopped; empty while all is well
};

// One line of the program's log per message, at level debug: a busy shop has thousands a second.
class LogSink final : public NotificationSink {
   public:
    [[nodiscard]] std::string_view name() const override { return "log"; }
    [[nodiscard]] bool deliver(const Notifications::Row& message) override;
};

}  // namespace sillok
