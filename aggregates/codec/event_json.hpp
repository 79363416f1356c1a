// Events, states and rows as JSON, from the same fields() list as their bytes: camelCase names, enums as
// their words, times as RFC 3339, money as {"amount", "currency"}, null for a nil id or no time. For people,
// exports and queries.
#pragma once

#include "aggregates/values.hpp"
#include "eventstore/base/clock.hpp"
#include "eventstore/event.hpp"

#include <nlohmann/json.hpp>

#include <expected>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

struct DecodeError;

// Returns the payload of any event of this program as JSON, without a password hash. An event of an older schema
// version is shown in its newest version. An unknown type or version is an error that names it.
std::expected<nlohmann::json, DecodeError> payload_json(const Recorded& event);

// Returns the whole event: position, stream, version, id, type, schemaVersion, time, commandId, correlationId,
// causationId, actor, data. schemaVersion is the stored one; data is of the newest. A payload that cannot be read
// shows as {"unreadable": "..."}.
nlohmann::json event_json(const Recorded& event);

// The types of all events that this program can read, in the order of the aggregates.
std::vector<std::string_view> known_event_types();

}  // namespace sillok
