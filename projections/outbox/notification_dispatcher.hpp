// Carries every new message of the notifications' list to one sink, in order, from where it was left.
//
// Threads: one of its own, from construction to stop(); status() may be called by any.
#pragma once

#include "eventstore/base/mutex.hpp"
#include "projections/engine/read_model.hpp"
#include "projections/engine/view.hpp"
#include "projections/views/notifications.hpp"

#include <stop_token>
#include <string>
#include <thread>
#include <vector>

namespace sillok {

class NotificationSink;
class ViewsDatabase;

class NotificationDispatcher {
   public:
    // A sink that was never given anything begins after `begin`. REQUIRES: the others outlive the courier.
    NotificationDispatcher(View<Notifications>& list, ViewsDatabase& database, NotificationSink& sink, Position begin);
    ~NotificationDispatcher() { stop(); }
    NotificationDispatcher(const NotificationDispatcher&) = delete;
    NotificationDispatcher& operator=(const NotificationDispatcher&) = delete;

    void stop();
    [[nodiscard]] SinkStatus status() const;

   private:
    void carry(const std::stop_token& stop);
    [[nodiscard]] std::vector<Notifications::Row> some_after(Position position) const;
    bool hand_over(const Notifications::Row& message, const std::stop_token& stop);
    void set_position(Position position);

    // Constant after construction.
    View<Notifications>& list_;
    ViewsDatabase& database_;
    NotificationSink& sink_;

    mutable Mutex mutex_;
    StoppableCondition woken_;
    Position position_ SILLOK_GUARDED_BY(mutex_);  // every message up to here was accepted
    std::string failure_ SILLOK_GUARDED_BY(mutex_);

    std::jthread thread_;  // last: it uses all of the above
};

}  // namespace sillok
