// One read model, for code that does not know its rows: a table that is derived from the log. It follows the log, says
// how far it is, and can be rebuilt and checked. view.hpp adds typed reading.
//
// Threads: any thread may call any member. rebuild() blocks; one at a time per model.
#pragma once

#include "eventstore/watermark.hpp"
#include "projections/engine/consumed.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace sillok {

// An event that waits because it, or an earlier one of the same key, could not be projected.
struct ParkedEvent {  // stored
    std::string key;
    Position position;
    std::string stream;
    std::string type;
    std::string reason;

    friend bool operator==(const ParkedEvent&, const ParkedEvent&) = default;
    static void fields(auto& self, auto&& visit) {
        visit("key", self.key);
        visit("position", self.position);
        visit("stream", self.stream);
        visit("type", self.type);
        visit("reason", self.reason);
    }
};

// An event that is left out of a row because an operator has skipped it; the reason is the operator's.
using SkippedEvent = ParkedEvent;

struct ReadModelStatus {
    std::string_view name;
    std::uint32_t version = 0;
    std::uint64_t build = 0;       // grows with every rebuild that was switched to; "generation" outside
    Consumed consumed;             // as of the last write
    std::uint64_t lag_events = 0;  // behind the log's head
    std::size_t parked_keys = 0;
    bool running = false;
    std::string failure;  // why it stopped by itself; empty while all is well
};

struct RebuildProgress {
    std::string_view name;
    Position position;
    Position head;
    double events_per_second = 0;
    std::chrono::seconds remaining{};
};

struct RebuildOptions {
    bool dry_run = false;  // compare, report, and keep the old build
    std::size_t differences_listed_max = 20;
    std::function<void(const RebuildProgress&)> progress = {};  // about four times a second, and at the end
    std::stop_token stop = {};
};

struct RowDifference {
    std::string key;
    std::string what;  // "onHand is 7, rebuilt 3"; "missing", "not in the rebuilt one"
};

struct RebuildReport {
    std::string name;
    std::uint32_t version = 0;
    std::uint64_t events = 0;
    double seconds = 0;  // of building, without the comparison
    std::uint64_t rows = 0;
    std::uint64_t parked_keys = 0;
    bool compared = false;  // false when there was no old build to compare with
    std::uint64_t differences = 0;
    std::vector<RowDifference> first_differences;
    std::string damage;  // why the old build could not be read to its end, which counts as one difference; or empty
    bool switched = false;
};

// One thing that a check found wrong.
struct ReadModelFinding {
    std::string name;
    std::optional<Position> position = {};
    std::string what;
};

class ReadModel {
   public:
    virtual ~ReadModel() = default;

    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual ReadModelStatus status() const = 0;
    // The first parked events, by key, then in order.
    [[nodiscard]] virtual std::vector<ParkedEvent> parked(std::size_t limit) const = 0;

    // How far its rows are. Wait on it before reading what a command has just written.
    [[nodiscard]] virtual Watermark<Position>& seen() = 0;
    [[nodiscard]] Position position() { return seen().value(); }

    // One worker thread that follows the log. Both are idempotent.
    virtual void start() = 0;
    virtual void stop() = 0;
    // Follows the log up to `target`, in this thread. Does nothing when it is there. Throws StorageError.
    // REQUIRES: not started; target is not beyond the log's head.
    virtual void catch_up_to(Position target) = 0;

    // Builds the read model again beside the old build, compares the two row by row at the same position, and switches
    // in one step. Readers and the worker go on meanwhile; the worker pauses for the comparison.
    // The error is a sentence: stopped, or the disk failed; the old build is then still in use.
    virtual std::expected<RebuildReport, std::string> rebuild(const RebuildOptions& options) = 0;

    // Whether rows and indexes agree, and whether the invariants of the rows hold.
    [[nodiscard]] virtual std::vector<ReadModelFinding> check_rows() const = 0;
};

}  // namespace sillok
