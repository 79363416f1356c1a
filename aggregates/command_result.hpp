// The result of a command: accepted, or the reason why not. It is a value, never an exception.
#pragma once

#include "aggregates/rejection.hpp"
#include "aggregates/unreadable_event.hpp"
#include "eventstore/commit.hpp"
#include "eventstore/position.hpp"

#include <expected>
#include <string>
#include <variant>

namespace sillok {

// The stream's version and the log's position after the command. Durable only once waited for.
struct Accepted {
    Version version;
    Position position;
    bool repeated = false;  // the command id was known; this is its first result
    std::string receipt{};  // of a repeated command: the receipt that was kept with it
};

// If-Match does not hold.
struct PreconditionFailed {
    Version actual;
};
// One of the context's conditions does not hold.
struct ConditionFailed {
    std::string offender;  // the stream or the tag
};

// UnreadableEvent: the aggregate's state cannot be known, so nothing was decided.
using CommandError = std::variant<Rejection, PreconditionFailed, ConditionFailed, AppendError, UnreadableEvent>;
using CommandResult = std::expected<Accepted, CommandError>;

}  // namespace sillok
