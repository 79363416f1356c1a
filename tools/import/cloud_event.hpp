// Converts one event of the log to one line of JSON, a CloudEvent 1.0 in structured mode, and back.
//
//   id, source "/sillok", type, subject (the stream), time, datacontenttype, data (the payload, readable)
//   position, version, timems, payload (base64), chainhash (hex)        always; 64-bit numbers as texts
//   schemaversion, commitrest                                           always; integers
//   logid; epoch, the one the event was written in, as text              unless the log has no identity yet
//   commandid, correlationid, causationid, actor or actorbase64, tags (joined with commas), idchosen, receipt (base64)
//                                                                       only where the event has them
//   exported, the number of events in the export, as text               only in the first line
// `data` is for readers. Reading back uses the extension attributes only, and the chain hash proves them unchanged.
//
// Pure.
#pragma once

#include "eventstore/base/sha256.hpp"
#include "eventstore/event.hpp"
#include "eventstore/log_identity.hpp"

#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace sillok {

// Returns the line without its line end. `receipt` is the receipt stored for the command whose last event this is;
// empty when there is none.
// `exported` is written into the first line of an export: how many events there are.
std::string cloud_event_line(const Recorded& event, std::string_view receipt, const LogIdentity& log = {},
                             std::optional<std::uint64_t> exported = {});

struct CloudEvent {
    std::string record;  // sealed (eventstore/storage/record.hpp)
    std::string receipt;
    std::optional<NamedLog> log;  // absent in the exports of older programs
    std::optional<std::uint64_t> exported;
};

// Reads a line as the event at `position` that follows the chain hash `previous`. The error says why the line is not
// an event, or not the one that follows.
std::expected<CloudEvent, std::string> parse_cloud_event(std::string_view line, Position position, const Hash& previous,
                                                         Sha256& sha256);

// The last line of an export: a CloudEvent of type "sillok.export.end" with count, head, chainhash and root. An export
// without it, of which the first line says how many events there are, is cut short.
struct ExportEnd {
    Position head;
    std::string chain_hash;  // hex
    std::string root;        // hex
    friend bool operator==(const ExportEnd&, const ExportEnd&) = default;
};
std::string export_end_line(const ExportEnd& end, Timestamp last_time);
// Nothing for a line that is an event, or no JSON. The error says why the line is no proper end.
std::optional<std::expected<ExportEnd, std::string>> parse_export_end(std::string_view line);

}  // namespace sillok
