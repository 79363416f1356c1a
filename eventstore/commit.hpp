// What one append asks for, and what it gets. All of a commit becomes durable, or nothing of it.
#pragma once

#include "eventstore/errc.hpp"
#include "eventstore/event.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sillok {

namespace limits {
constexpr std::size_t name_bytes_max = 255;          // stream names, event types, actors
constexpr std::size_t event_bytes_max = 1u << 20;    // one payload
constexpr std::size_t commit_bytes_max = 16u << 20;  // all payloads of a commit
constexpr std::size_t commit_events_max = 10'000;
constexpr std::size_t event_tags_max = 16;
constexpr std::size_t commit_conditions_max = 100;
}  // namespace limits

struct NoStream {  // the stream must not exist yet
    friend bool operator==(NoStream, NoStream) = default;
};
using Expected = std::variant<NoStream, Version>;  // there is no "any": no blind writes

struct StreamAppend {
    std::string stream;  // 1-255 bytes of [A-Za-z0-9._~@%-]
    Expected expected;
    std::vector<NewEvent> events;
    // Where a commit carries out several commands: the one that these events come from; nil: the commit's own, as it
    // must be of a commit's first stream. It is recorded with them and cannot be looked up: that it happens once is due
    // to the commit.
    Uuid command_id{};
};

// A stream that the commit relies on without writing to it.
struct StreamCondition {
    std::string stream;
    Expected expected;
};

// No event with this tag, of one of these types (none named: of any type), stands after this position. What a
// decision has read of the log and what it must not have missed: a dynamic consistency boundary
// (https://dcb.events), where a stream would be too narrow or too wide a boundary.
struct TagCondition {
    std::string tag;
    std::vector<std::string> types{};
    Position after{};
};

// Checked when the commit is accepted, against all that was accepted before it, durable or not.
struct Conditions {
    std::vector<StreamCondition> streams{};
    std::vector<TagCondition> tags{};
};

// One proposal to the log. Every event gets the same metadata, but for StreamAppend::command_id.
//
// A commit with metadata.command_id is applied once, however often it is proposed: the second time
// answers with the first positions. The first of its events carries that id. `receipt` is an opaque note kept under
// that command id in the same write (an HTTP answer, say); a commit may hold a receipt and no event, to remember a
// refusal. A commit whose events all carry event ids that are known, in the same order and side by side, is a repeated
// one, too. Neither is ever forgotten.
struct Commit {
    Metadata metadata{};
    std::vector<StreamAppend> appends{};
    std::optional<std::string> receipt{};
    Conditions conditions{};
};

// Which positions a commit got. Of a commit without events, first and last are 0.
struct Appended {
    Position first;
    Position last;
    bool repeated = false;  // the command id was known: these are the first positions, nothing was written
};

struct AppendError {
    errc code;
    std::string offender{};  // the stream, type, tag, event id or actor concerned; empty where there is none
    Version actual{};        // version_conflict: where that stream is
    Position position{};     // condition_failed: the first event that stands against it; beyond_end: the log's end
};

// What is wrong with a commit by itself, whatever the log holds: names, sizes, repetitions.
std::optional<AppendError> malformed(const Commit& commit);

// What is remembered of a command.
struct KnownCommand {
    Position first;  // where it made no event: the log's last position then
    std::uint32_t events = 0;
    std::string receipt;  // empty where there was none
};

}  // namespace sillok
