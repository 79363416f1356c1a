// What one append asks for, and its result. All events of a commit become durable, or none.
#pragma once

#include "eventstore/errc.hpp"
#include "eventstore/event.hpp"

#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sillok {

struct NoStream {  // the stream must not exist yet
    friend bool operator==(NoStream, NoStream) = default;
};
using Expected = std::variant<NoStream, Version>;  // there is no "any": no blind writes

struct StreamAppend {
    std::string stream;  // 1-255 bytes of [A-Za-z0-9._~@%-]
    Expected expected;
    std::vector<NewEvent> events;
    // The command that these events come from. Nil means the commit's own id; required for the first stream.
    // Stored with the events, but not indexed: deduplication is per commit.
    Uuid command_id{};
};

// The version of a stream that the commit does not write to.
struct StreamCondition {
    std::string stream;
    Expected expected;
};

// The append fails if an event with this tag, of one of these types (empty: of any type), was added after `after`. Use
// it when a decision depends on more, or less, than one stream: a dynamic consistency boundary (https://dcb.events).
struct TagCondition {
    std::string tag;
    std::vector<std::string> types{};
    Position after{};
};

// Checked when the commit is accepted, against everything accepted before it, durable or not.
struct Conditions {
    std::vector<StreamCondition> streams{};
    std::vector<TagCondition> tags{};
};

// One proposal to the log. Every event gets this metadata; StreamAppend::command_id may replace the command id.
//
// Once:    a commit with metadata.command_id is applied once. Proposed again, it returns the first positions. The first
//          event carries the id. A commit whose events all have known event ids, adjacent and in the same order, counts
//          as repeated, too. Neither kind of id is ever forgotten.
// Receipt: an opaque note, for instance an HTTP response, kept under the command id in the same write. A commit may
//          have a receipt and no event: it remembers a refusal.
struct Commit {
    Metadata metadata{};
    std::vector<StreamAppend> appends{};
    std::optional<std::string> receipt{};
    Conditions conditions{};
};

// The positions of a commit's events. Without events, first and last are 0.
struct Appended {
    Position first;
    Position last;
    bool repeated = false;  // the commit was known: these are its first positions, and nothing was written
};

struct AppendError {
    errc code;
    std::string offender{};  // the stream, type, tag, event id or actor concerned; empty: none
    Version actual{};        // version_conflict: the stream's version
    Position position{};     // condition_failed: the first event that violates it; beyond_end: the log's end
};

// The code's sentence with what it is about: "a stream is not at the version that the commit expects: book-1 is at
// version 1".
std::string sentence(const AppendError& error);

// Checks what does not depend on the log: names, sizes, repetitions. Returns the first error, or nothing.
std::optional<AppendError> malformed(const Commit& commit);

}  // namespace sillok
