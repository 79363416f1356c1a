// Whether what concurrent callers of one stream saw can be told as one story: every operation took effect at one moment
// between its call and its answer, and each answer is the one of a list to which events are appended.
//
// The search is Wing and Gong's ("Testing and Verifying Concurrent Objects", Journal of Parallel and Distributed
// Computing 17, 1993) with Lowe's memory of what was tried already ("Testing for linearizability", Concurrency and
// Computation: Practice and Experience 29(4), 2017). A log is linearizable when each of its streams is (Herlihy and
// Wing, "Linearizability: A Correctness Condition for Concurrent Objects", ACM TOPLAS 12(3), 1990, theorem 1), so
// streams are judged one by one.
#pragma once

#include <cstdint>
#include <limits>
#include <string>
#include <variant>
#include <vector>

namespace sillok::linearizable {

using EventNumber = std::uint64_t;         // every event of a history has its own
using Content = std::vector<EventNumber>;  // of a stream, first event first

enum class Answer : std::uint8_t {
    accepted,
    conflict,  // with the version that the stream was at
    none,      // it failed, or never came back: it may have taken effect at any moment after the call, or never
};

struct Append {
    std::uint64_t expected = 0;  // the version; 0: no stream
    Content events;
    Answer answer = Answer::none;
    std::uint64_t actual = 0;  // of a conflict
};
struct Read {  // the whole stream
    Content seen;
};
struct AskVersion {
    std::uint64_t seen = 0;
};

constexpr std::uint64_t never = std::numeric_limits<std::uint64_t>::max();

struct Operation {
    std::uint64_t called = 0;        // moments, by one clock for all callers
    std::uint64_t answered = never;  // REQUIRES: never where, and only where, an append has Answer::none
    std::variant<Append, Read, AskVersion> what;
};

using History = std::vector<Operation>;

bool holds(const History& history);

// For people: one line an operation, by the moment of its call.
std::string told(const History& history);

}  // namespace sillok::linearizable
