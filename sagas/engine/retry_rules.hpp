// After an attempt without a response: is the command sent again, is the provider queried, or is the saga parked?
//
// A command is sent `attempts` times, or three times if the provider answers with what is no decision and the step has
// a way back. After the last one, or after the deadline, one query asks for the outcome. The
// provider never executes a command after it was queried, so a query is never followed by the command again.
// A capture that is refused is tried four times, each as a call of its own, and then parks the saga.
// A query without a response parks the saga. While the breaker is open no rule counts failures or time.
#pragma once

#include "sagas/engine/decision_context.hpp"
#include "sagas/engine/definition.hpp"
#include "sagas/engine/saga_state.hpp"

namespace sillok::saga {

// Returns the pending intent's deadline. If the breaker has been open, the deadline restarts when it closed.
Timestamp effective_deadline(const Step& step, const PendingIntent& pending, const DecisionContext& context);

// Whether the next attempt is a query.
bool must_query(const Step& step, const PendingIntent& pending, const DecisionContext& context);

// Whether no further attempt is made: an operator must look at it.
bool is_exhausted(const Step& step, const PendingIntent& pending, const DecisionContext& context);

}  // namespace sillok::saga
