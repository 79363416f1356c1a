#include "projections/outbox/notification_sink.hpp"

#include <spdlog/spdlog.h>

namespace sillok {

bool LogSink::deliver(const Notifications::Row& message) {
    spdlog::debug("notification {} to {}: {}", message.sequence.value, message.customer.value, message.text);
    return true;
}

}  // namespace sillok
