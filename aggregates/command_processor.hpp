// Runs commands where their state is: an aggregate's commands one after another against its state in
// memory, so that a product everybody orders costs no retries. Decisions run ahead of the disk; answers
// wait for it.
//
// Order:   commands of one aggregate are decided and proposed in one order; other aggregates run beside it.
// Repeats: a command id that the log knows gives its first result again, without being decided.
// Memory:  a bounded number of states; a state comes back from snapshot + stream.
// Threads: any thread may call any member.
#pragma once

#include "aggregates/decider.hpp"
#include "eventstore/event_store.hpp"

#include <boost/asio/awaitable.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace sillok {

struct CommandContext {
    Metadata metadata;                    // time, command id, correlation, causation, actor
    std::optional<Version> if_match;      // refused before anything is written unless the stream is there
    std::vector<StreamAppend> alongside;  // the aggregate's own bookkeeping, in the same commit
};

// What a command did: the stream's version and the log's position after it. Durable only once waited for.
struct Accepted {
    Version version;
    Position position;
    bool repeated = false;  // the command id was known; this is its first result
    std::string receipt;    // of a repeated command: what was kept with it
};

struct PreconditionFailed {
    Version actual;
};  // If-Match does not hold
struct AlongsideConflict {
    std::string stream;
};  // the bookkeeping stream is not as expected
using CommandError = std::variant<Refusal, PreconditionFailed, AlongsideConflict, AppendError>;

struct ProcessorOptions {
    std::size_t states_max = 100'000;
    // A snapshot after this many events, or after a quarter of the stream where that is more: so making
    // snapshots costs a constant share of the work, however large a state grows.
    std::uint64_t snapshot_events = 256;
};

template <Decider D>
class CommandProcessor {
   public:
    using Id = typename D::Id;
    using State = typename D::State;
    using Command = typename D::Command;
    // Sees the state after the command, in order with all others; what it returns is kept with the command
    // id in the same commit (Commit::receipt). Pure, short.
    using Receipt = std::function<std::string(const State&, Version)>;

    // REQUIRES: the store outlives the processor.
    explicit CommandProcessor(EventStore& store, ProcessorOptions options = {});
    ~CommandProcessor();
    CommandProcessor(const CommandProcessor&) = delete;
    CommandProcessor& operator=(const CommandProcessor&) = delete;

    // Decides and proposes; does not wait for the disk.
    std::expected<Accepted, CommandError> submit(const Id& id, const Command& command, CommandContext context,
                                                 const Receipt& receipt = {});

    // submit, and what it decided is durable when this returns; so is whatever a refusal was based on.
    asio::awaitable<std::expected<Accepted, CommandError>> execute(Id id, Command command, CommandContext context,
                                                                   Receipt receipt = {});

    // Reads the present state, which may be ahead of the disk. `read` runs while the aggregate is held: short.
    template <class Read>
    auto with_state(const Id& id, Read&& read);

   private:
    struct Shards;
    std::unique_ptr<Shards> shards_;
};

// The fingerprint of D's snapshots: another state_version is another fingerprint.
template <Decider D>
Fingerprint snapshot_fingerprint();

}  // namespace sillok
