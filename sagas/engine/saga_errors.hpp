// What the saga engine throws.
#pragma once

#include "aggregates/unreadable_event.hpp"
#include "eventstore/storage/log_storage.hpp"

#include <stdexcept>

namespace sillok::saga {

// The log accepts or returns nothing any more. The engine cannot go on.
class LogUnavailable : public StorageError {
    using StorageError::StorageError;
};
// A journal event that this program cannot read. Its saga is parked.
class JournalUnreadable : public StreamUnreadable {
    using StreamUnreadable::StreamUnreadable;
};
// An aggregate or the log has answered in a way for which there is no rule. The saga is parked.
class UnforeseenAnswer : public std::runtime_error {
    using std::runtime_error::runtime_error;
};

}  // namespace sillok::saga
