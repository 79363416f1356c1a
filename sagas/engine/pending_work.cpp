#include "sagas/engine/pending_work.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "aggregates/saga_events.hpp"
#include "sagas/engine/process_manager.hpp"

#include <algorithm>
#include <variant>

namespace sillok::saga {
namespace {

void answer(PendingWork& outstanding, std::string_view stream, Position trigger) {
    if (outstanding.unanswered.empty()) return;
    const auto waiting = outstanding.unanswered.find(stream);
    if (waiting == outstanding.unanswered.end()) return;
    auto& triggers = waiting->second;
    std::erase_if(triggers, [trigger](Position position) { return position <= trigger; });
    if (triggers.empty()) outstanding.unanswered.erase(waiting);
}

void erase(Streams& streams, std::string_view stream) {
    if (streams.empty()) return;  // mostly, and a look-up costs more
    if (const auto found = streams.find(stream); found != streams.end()) streams.erase(found);
}

bool is_cancellation(std::string_view stream) { return stream.starts_with("saga-cancellation-"); }

void begin(PendingWork& outstanding, std::string_view stream, Position trigger) {
    answer(outstanding, stream, trigger);
    ++outstanding.live;
    if (is_cancellation(stream)) outstanding.cancelling.emplace(stream);
}

void take(PendingWork& outstanding, std::string_view stream, const event::Started& started) {
    begin(outstanding, stream, started.trigger);
}
void take(PendingWork& outstanding, std::string_view stream, const event::Reopened& reopened) {
    begin(outstanding, stream, reopened.trigger);
}
void take(PendingWork& outstanding, std::string_view stream, const event::TriggerReceived& heard) {
    answer(outstanding, stream, heard.trigger);
}
void take(PendingWork& outstanding, std::string_view stream, const event::Ignored& ignored) {
    answer(outstanding, stream, ignored.trigger);
}
void take(PendingWork& outstanding, std::string_view stream, const event::CommandScheduled&) {
    outstanding.open.emplace(stream);
    erase(outstanding.parked, stream);
}
void take(PendingWork& outstanding, std::string_view stream, const event::CommandCompleted& settled) {
    if (settled.outcome != Outcome::unknown) erase(outstanding.open, stream);
}
void take(PendingWork& outstanding, std::string_view stream, const event::CommandExecuted&) {
    erase(outstanding.open, stream);
    erase(outstanding.parked, stream);
}
// It may turn while nobody knows what became of its last intent, and while it is parked: its time has run out.
void take(PendingWork& outstanding, std::string_view stream, const event::CompensationStarted&) {
    erase(outstanding.open, stream);
    erase(outstanding.parked, stream);
}
void take(PendingWork& outstanding, std::string_view stream, const event::Parked&) {
    erase(outstanding.open, stream);
    outstanding.parked.emplace(stream);
}
// What follows from it stands in the same commit.
void take(PendingWork& outstanding, std::string_view stream, const event::Intervened& intervened) {
    if (intervened.verb != OperatorAction::annotate) erase(outstanding.parked, stream);
    if (intervened.verb == OperatorAction::skip) erase(outstanding.open, stream);
}
void take(PendingWork& outstanding, std::string_view stream, const event::Ended&) {
    erase(outstanding.open, stream);
    erase(outstanding.parked, stream);
    erase(outstanding.cancelling, stream);
    if (outstanding.live > 0) --outstanding.live;
}

void take_journal(PendingWork& outstanding, const Recorded& recorded) {
    if (const auto event = decode<Event>(recorded)) {
        std::visit([&](const auto& one) { take(outstanding, recorded.stream, one); }, *event);
    } else {
        ++outstanding.unreadable;
        erase(outstanding.open, recorded.stream);
        outstanding.parked.emplace(recorded.stream);
    }
}

void take_trigger(PendingWork& outstanding, const Manager& manager, const Recorded& recorded) {
    const auto order = manager.instance(recorded);
    if (!order) return;
    auto stream = stream_of(*manager.definition, *order);
    if (!outstanding.listens(recorded, stream)) return;
    outstanding.unanswered[std::move(stream)].push_back(recorded.position);
}

}  // namespace

bool PendingWork::listens(const Recorded& recorded, std::string_view stream) const {
    if (!recorded.type.starts_with("saga.")) return true;
    return cancelling.contains(stream) || unanswered.contains(stream);
}

void PendingWork::take_in(const Recorded& recorded) {
    if (manager_of(recorded.stream) != nullptr) take_journal(*this, recorded);
    for (const auto& manager : managers()) take_trigger(*this, manager, recorded);
    position = recorded.position;
    chain_hash = recorded.chain_hash;
}

}  // namespace sillok::saga
