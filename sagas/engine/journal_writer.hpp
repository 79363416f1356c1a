// Writes a saga's journal: the events recorded since the last write, and the decisions of the aggregates that they tell
// of, become one commit. This is the only place where a saga's commit is proposed to the log.
//
// Order:   write() does not wait for the disk. The log makes proposals durable in their order.
// Log:     a saga that was parked at a step is a line at level warn.
// Threads: one at a time.
// Errors:  UnforeseenAnswer if the log refuses for a reason that no retry can remove.
#pragma once

#include "aggregates/unit_of_work.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/event_store.hpp"
#include "sagas/engine/saga_instances.hpp"

#include <cstdint>
#include <expected>

namespace sillok::saga {

enum class WriteError : std::uint8_t {
    overtaken,        // an aggregate's stream has events that its command processor did not know when it decided. It
                      // has read them now: decide again
    log_unavailable,  // the log accepts nothing any more
};
using Written = std::expected<void, WriteError>;

class JournalWriter {
   public:
    // REQUIRES: the store and the clock outlive the writer.
    JournalWriter(EventStore& store, const Clock& clock) : store_(store), clock_(clock) {}

    // For the decisions of aggregates. They are written together with the next journal events.
    UnitOfWork& unit() { return unit_; }
    void discard() { unit_.give_up(); }

    // Writes what the instance has recorded. Does nothing if there is nothing to write.
    Written write(Instance& instance);
    // The same as part of a commit that has metadata, and perhaps a receipt, of its own.
    Written write(Instance& instance, Commit commit);

   private:
    std::expected<Appended, WriteError> propose(const Commit& commit);
    Written after_refusal(const AppendError& error);

    EventStore& store_;
    const Clock& clock_;
    UnitOfWork unit_;
};

}  // namespace sillok::saga
