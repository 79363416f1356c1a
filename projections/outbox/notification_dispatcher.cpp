#include "projections/outbox/notification_dispatcher.hpp"

#include "projections/engine/views_database.hpp"
#include "projections/outbox/notification_sink.hpp"

#include <spdlog/spdlog.h>

#include <chrono>
#include <exception>

namespace sillok {

namespace {

constexpr std::size_t messages_at_once = 256;
constexpr std::chrono::seconds until_offered_again{1};

}  // namespace

NotificationDispatcher::NotificationDispatcher(View<Notifications>& list, ViewsDatabase& database,
                                               NotificationSink& sink, Position begin)
    : list_(list), database_(database), sink_(sink) {
    if (const auto known = database_.sink_position(sink_.name())) {
        position_ = Position{*known};
    } else {
        database_.set_sink_position(sink_.name(), begin.value);
        position_ = begin;
    }
    thread_ = std::jthread{[this](const std::stop_token& stop) { carry(stop); }};
}

void NotificationDispatcher::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

SinkStatus NotificationDispatcher::status() const {
    const MutexLock lock{mutex_};
    return {sink_.name(), position_, failure_};
}

void NotificationDispatcher::carry(const std::stop_token& stop) {
    try {
        auto carried = status().position;
        while (list_.seen().wait_lazily(next(carried), stop)) {
            const auto until = list_.position();
            const auto messages = some_after(carried);
            for (const auto& message : messages) {
                if (!hand_over(message, stop)) return;
                carried = message.sequence;
            }
            if (!messages.empty()) database_.set_sink_position(sink_.name(), carried.value);
            // With nothing left up to `until`, the wait is for what comes after it.
            if (messages.size() < messages_at_once) carried = std::max(carried, until);
            set_position(carried);
        }
    } catch (const std::exception& broken) {
        spdlog::error("notifications no longer go to sink {}: {}", sink_.name(), broken.what());
        const MutexLock lock{mutex_};
        failure_ = broken.what();
    }
}

std::vector<Notifications::Row> NotificationDispatcher::some_after(Position position) const {
    std::vector<Notifications::Row> messages;
    list_.each(
        [&](const Notifications::Row& message) {
            messages.push_back(message);
            return messages.size() < messages_at_once;
        },
        Notifications::key_of(position));
    return messages;
}

// False when it was stopped before the sink took the message.
bool NotificationDispatcher::hand_over(const Notifications::Row& message, const std::stop_token& stop) {
    while (!sink_.accept(message)) {
        MutexLock lock{mutex_};
        woken_.wait_for(lock, stop, until_offered_again, [] { return false; });
        if (stop.stop_requested()) return false;
    }
    return true;
}

void NotificationDispatcher::set_position(Position position) {
    const MutexLock lock{mutex_};
    position_ = position;
}

}  // namespace sillok
