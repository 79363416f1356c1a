// One event of the log as one line of JSON: a CloudEvent 1.0 in structured mode, and back.
//
//   id, source "/sillok", type, subject (the stream), time, datacontenttype, data (the payload, readable)
//   position, version, timems, payload (base64), chainhash (hex)        always; 64-bit numbers as texts
//   schemaversion, commitrest                                           always; integers
//   commandid, correlationid, causationid, actor or actorbase64, tags (joined with commas), idchosen, receipt (base64)
//                                                                       where there is something to say
// `data` is for readers; what counts on the way back are the extension attributes, and the chain hash decides
// whether they are what they were.
//
// Pure.
#pragma once

#include "eventstore/base/sha256.hpp"
#include "eventstore/event.hpp"

#include <expected>
#include <string>
#include <string_view>

namespace sillok {

// Without the end of the line. `receipt`: what is kept under the command whose last event this is; empty: nothing.
std::string cloud_event_line(const Recorded& event, std::string_view receipt);

struct CloudEvent {
    std::string record;  // sealed (eventstore/storage/record.hpp)
    std::string receipt;
};

// What a line stands for as the event at `position` whose predecessor has the chain hash `previous`. The error says
// what is wrong with the line: it is no such event, or not the one that follows.
std::expected<CloudEvent, std::string> parse_cloud_event(std::string_view line, Position position, const Hash& previous,
                                                         Sha256& sha256);

}  // namespace sillok
