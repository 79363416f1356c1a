#include "sagas/engine/pending_work.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/saga_events.hpp"
#include "aggregates/skipped_event.hpp"
#include "sagas/engine/process_manager.hpp"
#include "sagas/engine/saga_names.hpp"

#include <algorithm>
#include <variant>

namespace sillok::saga {
namespace {

void answer(PendingWork& work, std::string_view stream, Position trigger) {
    if (work.unanswered.empty()) return;
    const auto waiting = work.unanswered.find(stream);
    if (waiting == work.unanswered.end()) return;
    auto& triggers = waiting->second;
    std::erase_if(triggers, [trigger](Position position) { return position <= trigger; });
    if (triggers.empty()) work.unanswered.erase(waiting);
}

void erase(Streams& streams, std::string_view stream) {
    if (streams.empty()) return;  // the usual case, cheaper than a look-up
    if (const auto found = streams.find(stream); found != streams.end()) streams.erase(found);
}

void begin(PendingWork& work, const Manager& manager, std::string_view stream, Position trigger) {
    answer(work, stream, trigger);
    erase(work.parked, stream);  // the event that starts it could not be read before
    ++work.live;
    if (listens_to_sagas(*manager.definition)) work.listening.emplace(stream);
}

void end(PendingWork& work, std::string_view stream) {
    erase(work.open, stream);
    erase(work.parked, stream);
    erase(work.listening, stream);
    if (work.live > 0) --work.live;
}

// Applies one journal event. The journal is of the given manager.
struct Apply {
    PendingWork& work;
    const Manager& manager;
    std::string_view stream;

    void operator()(const event::Started& started) const { begin(work, manager, stream, started.trigger); }
    void operator()(const event::Reopened& reopened) const { begin(work, manager, stream, reopened.trigger); }
    void operator()(const event::TriggerReceived& received) const { answer(work, stream, received.trigger); }
    void operator()(const event::Ignored& ignored) const { answer(work, stream, ignored.trigger); }
    void operator()(const event::CommandScheduled&) const {
        work.open.emplace(stream);
        erase(work.parked, stream);
    }
    void operator()(const event::CommandCompleted& completed) const {
        if (completed.outcome != Outcome::unknown) erase(work.open, stream);
    }
    void operator()(const event::CommandExecuted&) const {
        erase(work.open, stream);
        erase(work.parked, stream);
    }
    // A saga also expires while its last command has no response, and while it is parked.
    void operator()(const event::CompensationStarted&) const {
        erase(work.open, stream);
        erase(work.parked, stream);
    }
    void operator()(const event::Parked&) const {
        erase(work.open, stream);
        work.parked.emplace(stream);
    }
    // The events that follow from it are in the same commit.
    void operator()(const event::Intervened& intervened) const {
        if (intervened.verb != OperatorAction::annotate) erase(work.parked, stream);
        if (intervened.verb == OperatorAction::skip) erase(work.open, stream);
    }
    void operator()(const event::Ended&) const { end(work, stream); }
};

void apply_to_journal(PendingWork& work, const Manager& manager, const Recorded& recorded) {
    if (const auto event = decode<Event>(recorded)) {
        std::visit(Apply{work, manager, recorded.stream}, *event);
    } else if (!is_skip(recorded)) {  // after a skip the journal is read again: settle()
        ++work.unreadable;
        erase(work.open, recorded.stream);
        work.parked.emplace(recorded.stream);
    }
}

void add_trigger(PendingWork& work, const Manager& manager, const Recorded& recorded) {
    const auto order = manager.instance(recorded);
    if (!order) return;
    auto stream = stream_of(*manager.definition, *order);
    if (!work.listens(*manager.definition, recorded, stream)) return;
    work.unanswered[std::move(stream)].push_back(recorded.position);
}

}  // namespace

void PendingWork::settle(const std::string& stream, bool has_open_intent, bool is_parked, bool has_ended) {
    if (is_parked) return;
    if (has_ended) return end(*this, stream);
    parked.erase(stream);
    if (has_open_intent) open.insert(stream);
}

bool PendingWork::listens(const Definition& definition, const Recorded& recorded, std::string_view stream) const {
    if (recorded.type == definition.starts || !listens_to_sagas(definition)) return true;
    return listening.contains(stream) || unanswered.contains(stream);
}

void PendingWork::apply(const Recorded& recorded, std::span<const Manager> managers) {
    if (const auto* manager = manager_of(recorded.stream, managers)) apply_to_journal(*this, *manager, recorded);
    for (const auto& manager : managers) add_trigger(*this, manager, recorded);
    position = recorded.position;
    chain_hash = recorded.chain_hash;
}

}  // namespace sillok::saga
