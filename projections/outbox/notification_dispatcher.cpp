#include "projections/outbox/notification_dispatcher.hpp"

#include "eventstore/event_store.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <exception>

namespace sillok {

namespace {

const std::string checkpoint_prefix = "sink:";  // stored
constexpr std::size_t batch_messages_max = 256;
constexpr std::chrono::seconds retry_pause{1};

}  // namespace

NotificationDispatcher::NotificationDispatcher(View<Notifications>& outbox, EventStore& log, NotificationSink& sink,
                                               std::optional<Position> known_before)
    : outbox_(outbox), log_(log), sink_(sink), checkpoint_(checkpoint_prefix + std::string{sink.name()}) {
    if (const auto known = log_.load_checkpoint(checkpoint_)) {
        position_ = known->seen;
    } else {
        position_ = std::min(known_before.value_or(log_.head()), log_.head());
        save(position_);
    }
    thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

void NotificationDispatcher::stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
}

SinkStatus NotificationDispatcher::status() const {
    const MutexLock lock{mutex_};
    return {sink_.name(), position_, failure_};
}

void NotificationDispatcher::run(const std::stop_token& stop) {
    try {
        auto delivered = status().position;
        while (outbox_.seen().wait_lazily(next(delivered), stop)) {
            const auto seen = outbox_.position();
            const auto messages = batch_after(delivered);
            for (const auto& message : messages) {
                if (!deliver(message, stop)) return;
                delivered = message.sequence;
            }
            if (!messages.empty()) save(delivered);
            // Nothing is left up to `seen`: wait for what comes after it.
            if (messages.size() < batch_messages_max) delivered = std::max(delivered, seen);
            set_position(delivered);
        }
    } catch (const std::exception& broken) {
        spdlog::error("notifications no longer go to sink {}: {}", sink_.name(), broken.what());
        const MutexLock lock{mutex_};
        failure_ = broken.what();
    }
}

std::vector<Notifications::Row> NotificationDispatcher::batch_after(Position position) const {
    std::vector<Notifications::Row> messages;
    outbox_.each(
        [&](const Notifications::Row& message) {
            messages.push_back(message);
            return messages.size() < batch_messages_max;
        },
        Notifications::key_of(position));
    return messages;
}

// Returns false when it was stopped before the sink took the message.
bool NotificationDispatcher::deliver(const Notifications::Row& message, const std::stop_token& stop) {
    while (!sink_.deliver(message)) {
        MutexLock lock{mutex_};
        stopped_.wait_for(lock, stop, retry_pause, [] { return false; });
        if (stop.stop_requested()) return false;
    }
    return true;
}

void NotificationDispatcher::save(Position position) {
    if (!log_.save_checkpoint(checkpoint_, {position}))
        throw StorageError("the log cannot keep what was delivered: " + log_.failure().value_or("it is closed"));
}

void NotificationDispatcher::set_position(Position position) {
    const MutexLock lock{mutex_};
    position_ = position;
}

}  // namespace sillok
