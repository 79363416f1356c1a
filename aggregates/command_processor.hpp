// Runs commands where their state is: an aggregate's commands one after another against its state in
// memory, so that a product everybody orders costs no retries. Decisions run ahead of the disk; answers
// wait for it.
//
// Order:   commands of one aggregate are decided and proposed in one order; other aggregates run beside it.
// Repeats: a command id that the log knows gives its first result again, whatever would be decided by now. A
//          refusal is not remembered: the same command may be accepted later.
// Several: a unit of work takes commands to several aggregates and has the log accept all of them as one commit.
// Memory:  a bounded number of states; a state that was let go comes back from snapshot and stream.
// Threads: any thread may call any member.
// Errors:  a business rule, a precondition and a log that takes nothing are results; a stream that cannot be
//          read throws StorageError.
#pragma once

#include "aggregates/decider.hpp"
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
#include <variant>
#include <vector>

namespace sillok {

struct CommandContext {
    Metadata metadata;                // time, command id, correlation, causation, actor
    std::optional<Version> if_match;  // refused before anything is written unless the stream is there
    Conditions conditions{};          // what must hold beyond the aggregate, checked by the log in the same commit
};

// What a command did: the stream's version and the log's position after it. Durable only once waited for.
struct Accepted {
    Version version;
    Position position;
    bool repeated = false;  // the command id was known; this is its first result
    std::string receipt{};  // of a repeated command: what was kept with it
};

// If-Match does not hold.
struct PreconditionFailed {
    Version actual;
};
// One of the context's conditions does not hold.
struct ConditionFailed {
    std::string offender;  // the stream or the tag
};
using CommandError = std::variant<Rejection, PreconditionFailed, ConditionFailed, AppendError>;

struct ProcessorOptions {
    std::size_t states_max = 100'000;
    // A snapshot after this many events, or later, when the events since the last one outweigh it: so making
    // snapshots costs a constant share of the work, however large a state grows. Measured (bench_aggregates): reading
    // an event costs about 0.8 us, making a small snapshot 3.4 us, loading it 2.5 us. So an aggregate of any age is
    // there in at most twice the time of one of ten events, for 0.3 us an event.
    std::uint64_t snapshot_events = 12;
};

template <Decider D>
class CommandProcessor {
   public:
    using Id = typename D::Id;
    using State = typename D::State;
    using Command = typename D::Command;
    using Result = std::expected<Accepted, CommandError>;
    // Sees the state after the command, in order with all others; what it returns is kept with the command
    // id in the same commit (Commit::receipt). Pure, short. A command without an id keeps no receipt.
    using Receipt = std::function<std::string(const State&, Version)>;

    // REQUIRES: the store outlives the processor.
    explicit CommandProcessor(EventStore& store, ProcessorOptions options = {});
    ~CommandProcessor();
    CommandProcessor(const CommandProcessor&) = delete;
    CommandProcessor& operator=(const CommandProcessor&) = delete;

    // Decides and proposes; does not wait for the disk. (But in one case: somebody wrote to the stream past
    // this processor, and what they wrote must be read first.)
    Result submit(const Id& id, const Command& command, const CommandContext& context, const Receipt& receipt = {});

    // Decides as submit does, but what it decided only happens with all the rest of `work`; the aggregate is held until
    // then. Its events bear `command_id`, which is not looked up: who uses a unit must know that the command is new.
    // REQUIRES: work has nothing of this aggregate yet.
    std::expected<void, Rejection> submit(UnitOfWork& work, const Id& id, const Command& command,
                                          const Uuid& command_id);

    // submit, and what it decided is durable when this returns; so is whatever a refusal was based on.
    asio::awaitable<Result> execute(Id id, Command command, CommandContext context, Receipt receipt = {});

    // Reads the present state, which may be ahead of the disk: returns read(state, version), where version 0
    // is that of an aggregate that does not exist. `read` runs while the aggregate is held: short, and without
    // calling the processor.
    template <class Read>
    auto with_state(const Id& id, Read&& read);
    // The same of an aggregate that a unit may hold already; it does from then on.
    // REQUIRES: work has nothing of this aggregate yet.
    template <class Read>
    auto with_state(UnitOfWork& work, const Id& id, Read&& read);

   private:
    class States;
    using Visitor = std::function<void(const State&, Version)>;

    void visit(UnitOfWork* work, const Id& id, const Visitor& read);
    template <class Read>
    auto answer_of(UnitOfWork* work, const Id& id, Read&& read);

    std::unique_ptr<States> states_;
};

template <Decider D>
template <class Read>
auto CommandProcessor<D>::with_state(const Id& id, Read&& read) {
    return answer_of(nullptr, id, std::forward<Read>(read));
}

template <Decider D>
template <class Read>
auto CommandProcessor<D>::with_state(UnitOfWork& work, const Id& id, Read&& read) {
    return answer_of(&work, id, std::forward<Read>(read));
}

template <Decider D>
template <class Read>
auto CommandProcessor<D>::answer_of(UnitOfWork* work, const Id& id, Read&& read) {
    using Answer = std::invoke_result_t<Read&, const State&, Version>;
    if constexpr (std::is_void_v<Answer>) {
        visit(work, id, [&read](const State& state, Version version) { read(state, version); });
    } else {
        std::optional<Answer> answer;
        visit(work, id, [&](const State& state, Version version) { answer.emplace(read(state, version)); });
        return *std::move(answer);
    }
}

}  // namespace sillok
