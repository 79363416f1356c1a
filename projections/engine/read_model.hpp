// One read model at work, whatever its rows are: it follows the log, says how far it has got, can be rebuilt
// and checked. view.hpp adds typed reading.
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

// An event that waits because it, or one before it of the same key, could not be projected.
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

struct ReadModelStatus {
    std::string_view name;
    std::uint32_t version = 0;
    std::uint64_t generation = 0;  // grows with every rebuild that took over
    Consumed consumed;             // as of the last write
    std::uint64_t lag_events = 0;  // behind the log's head
    std::size_t parked_keys = 0;
    bool running = false;
    std::string failure;  // why it stopped by itself; empty while all is well
};

// How far a sink of notifications (notification_sink.hpp) has got.
struct SinkStatus {
    std::string_view name;
    Position position;    // every message up to here was accepted
    std::string failure;  // why it stopped; empty while all is well
};

struct RebuildProgress {
    std::string_view name;
    Position position;
    Position head;
    double events_per_second = 0;
    std::chrono::seconds remaining{};
};

struct RebuildOptions {
    bool dry_run = false;  // compare, tell, and keep the old one
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
    double seconds = 0;  // of building; comparing is not in it
    std::uint64_t rows = 0;
    std::uint64_t parked_keys = 0;
    bool compared = false;  // false when there was no old one to compare with
    std::uint64_t differences = 0;
    std::vector<RowDifference> first_differences;
    bool switched = false;
};

// What a check found wrong.
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
    // The first events that wait, by key, then in order.
    [[nodiscard]] virtual std::vector<ParkedEvent> parked(std::size_t limit) const = 0;

    // How far its rows are; wait on it to read what a command has just written.
    [[nodiscard]] virtual Watermark<Position>& seen() = 0;
    [[nodiscard]] Position position() { return seen().value(); }

    // One worker thread that follows the log. Both are idempotent.
    virtual void start() = 0;
    virtual void stop() = 0;
    // Follows the log to its present head in this thread. REQUIRES: not started.
    virtual void catch_up() = 0;

    // Builds the model again beside the old one, compares the two row by row, and puts the new one in the old
    // one's place in one step. Readers and the worker go on meanwhile; the worker pauses for the comparison,
    // which is of the two at the same position.
    // The error is a sentence: stopped, or the disk failed; the old one is then still in its place.
    virtual std::expected<RebuildReport, std::string> rebuild(const RebuildOptions& options) = 0;

    // Whether rows and indexes agree, and what the model itself promises of a row.
    [[nodiscard]] virtual std::vector<ReadModelFinding> check_rows() const = 0;
};

}  // namespace sillok
