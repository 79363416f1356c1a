// Delivers the messages of the outbox (the read model `notifications`) to one sink, in order, from where it was left.
// A message that the sink does not take is retried every second; the messages after it wait.
//
// Restart: it continues after the sink's position, which is a reader's checkpoint in the log (reader_checkpoint.hpp),
//          saved after each batch. So a crash of the process delivers at most one batch again, a loss of power perhaps
//          more, each message with the number it had. A sink without a position begins at the log's end.
// Threads: one of its own, from construction to stop(); status() may be called by any.
// Errors:  a disk that fails stops the delivery; status() says why.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "projections/engine/view.hpp"
#include "projections/outbox/notification_sink.hpp"
#include "projections/views/notifications.hpp"

#include <optional>
#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace sillok {

class EventStore;

class NotificationDispatcher {
   public:
    // `known_before`: where an older program kept the position. REQUIRES: outbox, log and sink outlive the dispatcher.
    NotificationDispatcher(View<Notifications>& outbox, EventStore& log, NotificationSink& sink,
                           std::optional<Position> known_before);
    ~NotificationDispatcher() { stop(); }
    NotificationDispatcher(const NotificationDispatcher&) = delete;
    NotificationDispatcher& operator=(const NotificationDispatcher&) = delete;

    void stop();
    [[nodiscard]] SinkStatus status() const;

   private:
    void run(const std::stop_token& stop);
    [[nodiscard]] std::vector<Notifications::Row> batch_after(Position position) const;
    bool deliver(const Notifications::Row& message, const std::stop_token& stop);
    void save(Position position);
    void set_position(Position position);

    // Constant after construction.
    View<Notifications>& outbox_;
    EventStore& log_;
    NotificationSink& sink_;
    const std::string checkpoint_;  // its name in the log

    mutable Mutex mutex_;
    StoppableCondition stopped_;
    Position position_ SILLOK_GUARDED_BY(mutex_);  // every message up to here is delivered
    std::string failure_ SILLOK_GUARDED_BY(mutex_);

    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sillok
