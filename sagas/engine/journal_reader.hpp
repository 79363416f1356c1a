// Reads the journal of one saga.
//
// Threads: any thread may call any function.
// Errors:  a journal event that this program cannot read throws JournalUnreadable.
#pragma once

#include "aggregates/saga_events.hpp"
#include "eventstore/event_store.hpp"

#include <functional>
#include <string>

namespace sillok::saga {

// Visits every durable event after that version, oldest first.
void each_journal_event(const EventStore& store, const std::string& stream,
                        const std::function<void(const Recorded&, const Event&)>& visit, Version after = {});

// Visits every durable event, but a command that was executed in one commit is visited as CommandScheduled and
// CommandCompleted.
void each_scheduled_or_completed(const EventStore& store, const std::string& stream,
                                 const std::function<void(const Event&)>& visit);

}  // namespace sillok::saga
