// Runs the commands of one kind of aggregate: one after another for each aggregate, against its state in memory, so a
// popular product causes no conflicts and no retries. Decisions run ahead of the disk; results wait for it.
//
// Order:   commands of one aggregate are decided and proposed in one order; other aggregates run beside it.
// Repeats: a command id that the log knows gives its first result again, without a new decision. A rejection is not
//          remembered: the same command may be accepted later.
// Several: a unit of work takes commands to several aggregates and has the log accept all of them as one commit.
// Memory:  a bounded number of states; an evicted one is loaded again from its snapshot and stream.
// Threads: any thread may call any member.
// Errors:  a rejection, a precondition that does not hold, an aggregate with an event that this program cannot read and
//          a log that accepts nothing are results. Where the result has no room for it, such an event throws
//          StreamUnreadable. A log that cannot be read throws StorageError.
#pragma once

#include "aggregates/command_result.hpp"
#include "aggregates/decider.hpp"
#include "aggregates/state_cache.hpp"
#include "aggregates/unit_of_work.hpp"
#include "eventstore/event_store.hpp"

#include <boost/asio/awaitable.hpp>

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace sillok {

struct CommandContext {
    Metadata metadata;              // time, command id, correlation, causation, actor
    std::vector<Version> if_match;  // the command fails, and nothing is written, unless the stream is at one of them
    Conditions conditions{};        // what must hold beyond the aggregate, checked by the log in the same commit
};

template <Decider D>
class CommandProcessor {
   public:
    using Id = typename D::Id;
    using State = typename D::State;
    using Command = typename D::Command;
    using Result = CommandResult;
    // Sees the state after the command, in order with all others. Its text is kept with the command id in the same
    // commit (Commit::receipt). Pure, short. A command without an id keeps no receipt.
    using Receipt = std::function<std::string(const State&, Version)>;

    // REQUIRES: the store outlives the processor.
    explicit CommandProcessor(EventStore& store, ProcessorOptions options = {});
    ~CommandProcessor();
    CommandProcessor(const CommandProcessor&) = delete;
    CommandProcessor& operator=(const CommandProcessor&) = delete;

    // Decides and proposes; does not wait for the disk, with one exception: when another writer has added to the
    // stream, its events must be read first.
    Result submit(const Id& id, const Command& command, const CommandContext& context, const Receipt& receipt = {});

    // Decides as submit does, but the events happen only together with all the rest of `work`, which holds the
    // aggregate until then. They carry `command_id`, which is not looked up: the caller knows that the command is new.
    // REQUIRES: work has nothing of this aggregate yet. Throws StreamUnreadable.
    std::expected<void, Rejection> submit(UnitOfWork& work, const Id& id, const Command& command,
                                          const Uuid& command_id);

    // submit, then waits for the disk: the events are durable when this returns. Of a rejection, the events that it was
    // decided on are durable.
    asio::awaitable<Result> execute(Id id, Command command, CommandContext context, Receipt receipt = {});

    // Reads the present state, which may be ahead of the disk. Returns read(state, version), where version 0 is that of
    // an aggregate that does not exist. `read` runs while the aggregate is locked: short, and without calling the
    // processor. Throws StreamUnreadable.
    template <class Read>
    auto with_state(const Id& id, Read&& read);
    // The same of an aggregate that a unit may hold already; it does from then on.
    // REQUIRES: work has nothing of this aggregate yet.
    template <class Read>
    auto with_state(UnitOfWork& work, const Id& id, Read&& read);

   private:
    class Core;
    class Participant;
    struct OneCommand;
    using Visitor = std::function<void(const State&, Version)>;

    void visit(UnitOfWork* work, const Id& id, const Visitor& read);
    template <class Read>
    auto visit_and_return(UnitOfWork* work, const Id& id, Read&& read);

    std::unique_ptr<Core> core_;
};

template <Decider D>
template <class Read>
auto CommandProcessor<D>::with_state(const Id& id, Read&& read) {
    return visit_and_return(nullptr, id, std::forward<Read>(read));
}

template <Decider D>
template <class Read>
auto CommandProcessor<D>::with_state(UnitOfWork& work, const Id& id, Read&& read) {
    return visit_and_return(&work, id, std::forward<Read>(read));
}

template <Decider D>
template <class Read>
auto CommandProcessor<D>::visit_and_return(UnitOfWork* work, const Id& id, Read&& read) {
    using Value = std::invoke_result_t<Read&, const State&, Version>;
    if constexpr (std::is_void_v<Value>) {
        visit(work, id, [&read](const State& state, Version version) { read(state, version); });
    } else {
        std::optional<Value> value;
        visit(work, id, [&](const State& state, Version version) { value.emplace(read(state, version)); });
        return *std::move(value);
    }
}

}  // namespace sillok
