// Runs a piece of work for one saga until it is written. A failure stays with that saga.
//
// Conflicts: work that was overtaken is repeated on the state that the log has.
// Failures:  after an exception the work is repeated with one command a commit. So the steps before the failing one are
//            kept. If it fails again the saga is parked: its journal says why, and an operator is needed.
// Triggers:  if an event could not be read, the trigger stays unanswered: another program may be able to act on it.
// Threads:   one at a time.
// Errors:    LogUnavailable or another StorageError when the log accepts or returns nothing any more.
#pragma once

#include "eventstore/event_store.hpp"
#include "sagas/engine/journal_writer.hpp"
#include "sagas/engine/pending_work.hpp"
#include "sagas/engine/process_manager.hpp"
#include "sagas/engine/saga_instances.hpp"
#include "sagas/engine/step_loop.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>

namespace sillok::saga {

class SagaExecutor {
   public:
    // REQUIRES: everything referred to outlives it.
    SagaExecutor(EventStore& store, std::span<const Manager> managers, const PendingWork& known, Instances& instances,
                 JournalWriter& writer, StepLoop& steps)
        : store_(store), managers_(managers), known_(known), instances_(instances), writer_(writer), steps_(steps) {}

    // `trigger`: the event that the work is for. If the saga is parked it is recorded as ignored.
    // `work`: Written(Instance&, CommitMode). It may run several times. REQUIRES: `stream` is a journal's name.
    template <class Work>
    void run(const std::string& stream, const Recorded* trigger, Work&& work) {
        run_until_written(stream, trigger, std::ref(work));
    }
    template <class Work>
    void run(const std::string& stream, Work&& work) {
        run_until_written(stream, nullptr, std::ref(work));
    }

    using Task = std::function<Written(Instance&, CommitMode)>;

    // Runs the work once, as one commit. Returns why it failed; then nothing was written, and the saga is as it was.
    std::optional<std::string> run_once(const std::string& stream, const Task& task);

   private:
    struct Failure {
        enum class Cause : std::uint8_t { overtaken, unreadable, other };
        Cause cause;
        std::string why;
    };

    void run_until_written(const std::string& stream, const Recorded* trigger, const Task& task);
    std::optional<Failure> attempt(const std::function<Written()>& task);
    Instance& find(const std::string& stream);
    void reload(const std::string& stream);
    void park(const std::string& stream, const Recorded* trigger, const std::string& why);
    Written write_parked(const std::string& stream, const Recorded* ignored, const std::string& why);

    EventStore& store_;
    const std::span<const Manager> managers_;
    const PendingWork& known_;
    Instances& instances_;
    JournalWriter& writer_;
    StepLoop& steps_;
};

}  // namespace sillok::saga
