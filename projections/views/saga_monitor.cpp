#include "projections/views/saga_monitor.hpp"

#include "eventstore/stream_name.hpp"
#include "projections/engine/decoded.hpp"
#include "projections/engine/view_definition.hpp"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace sillok {

namespace {

enum Index : IndexNumber { by_age = 1, by_state = 2, by_order = 3 };  // stored

using Row = SagaMonitor::Row;
using State = SagaMonitor::State;
using Step = SagaMonitor::Step;

constexpr std::array<std::string_view, 7> words{"running",     "compensating", "parked", "completed",
                                                "compensated", "stopped",      "refused"};

bool has_ended(State state) { return state >= State::completed; }

// The step of a command: searched from the newest, which is usually the one.
Step* find_step(Row& row, const Uuid& command_id) {
    const auto found = std::find_if(row.steps.rbegin(), row.steps.rend(),
                                    [&](const Step& step) { return step.command_id == command_id; });
    return found == row.steps.rend() ? nullptr : &*found;
}

void begin(Row& row, const saga::event::Started& it, const Recorded& record) {
    row.definition = it.definition;
    row.definition_version = it.definition_version;
    row.order = it.order;
    row.customer = it.customer;
    row.started_at = record.time;
}

void unpark(Row& row) {
    row.state = row.turned ? State::compensating : State::running;
    row.parked_step.clear();
    row.parked_reason.clear();
}

void intend(Row& row, const saga::event::CommandScheduled& it, Timestamp time) {
    auto* step = find_step(row, it.command_id);
    if (!step) {
        step = &row.steps.emplace_back();
        step->step = it.step;
        step->direction = it.direction;
        step->command_id = it.command_id;
        step->target = it.target;
        step->intended_at = time;
    }
    step->attempts = it.attempt;
    step->generation = it.generation;
    step->query = it.query;
    step->deadline = it.deadline;
    step->outcome.reset();
    step->settled_at = step->retry_at = {};
    if (row.state == State::parked) unpark(row);
}

void settle(Row& row, const saga::event::CommandCompleted& it, Timestamp time) {
    auto* step = find_step(row, it.command_id);
    if (!step) return;  // never intended: the journal is wrong, and the row shows that there is no such step
    step->outcome = it.outcome;
    step->code = it.code;
    step->detail = it.detail;
    step->settled_at = time;
    step->retry_at = it.retry_at;
}

void end(Row& row, const saga::event::Ended& it) {
    unpark(row);
    switch (it.ending) {
        case saga::Ending::completed: row.state = State::completed; break;
        case saga::Ending::compensated: row.state = State::compensated; break;
        case saga::Ending::stopped: row.state = State::stopped; break;
        case saga::Ending::refused: row.state = State::refused; break;
    }
    if (!it.reason.empty()) row.reason = it.reason;
}

void intervene(Row& row, const saga::event::Intervened& it, const Recorded& record) {
    row.interventions.push_back({it.verb, it.step, std::string{record.actor}, it.reason, it.result, record.time});
    if (it.verb == saga::OperatorAction::annotate || has_ended(row.state)) return;
    if (it.verb == saga::OperatorAction::compensate) {
        row.turned = true;
        row.reason = "operator-decided";
    }
    unpark(row);
}

void follow(Row& row, const saga::Event& event, const Recorded& record) {
    std::visit(Overloaded{
                   [&](const saga::event::Started& it) { begin(row, it, record); },
                   [](const saga::event::TriggerReceived&) {},
                   [&](const saga::event::Reopened&) {
                       row.turned = false;
                       unpark(row);
                   },
                   [&](const saga::event::Ignored&) { ++row.ignored; },
                   [&](const saga::event::CommandScheduled& it) { intend(row, it, record.time); },
                   [&](const saga::event::CommandCompleted& it) { settle(row, it, record.time); },
                   [&](const saga::event::CommandExecuted& it) {
                       intend(row, scheduled(it), record.time);
                       settle(row, completed(it), record.time);
                   },
                   [&](const saga::event::CompensationStarted& it) {
                       row.turned = true;
                       unpark(row);
                       row.reason = it.reason;
                   },
                   [&](const saga::event::Parked& it) {
                       row.state = State::parked;
                       row.parked_step = it.step;
                       row.parked_reason = it.reason;
                   },
                   [&](const saga::event::Ended& it) { end(row, it); },
                   [&](const saga::event::Intervened& it) { intervene(row, it, record); },
               },
               event);
}

saga::Event parked_at(const UnreadableEvent& event) {
    std::string reason{event_unreadable_code};
    return saga::event::Parked{{}, reason.append(": ").append(text(event))};
}

void find_what_it_waits_for(Row& row) {
    row.next_deadline = row.retry_at = {};
    if (has_ended(row.state)) return;
    // A saga does one thing at a time. It no longer waits for a step that it left before the outcome was known.
    if (row.steps.empty()) return;
    const auto& step = row.steps.back();
    (step.outcome ? row.retry_at : row.next_deadline) = step.outcome ? step.retry_at : step.deadline;
}

}  // namespace

std::optional<std::string> SagaMonitor::key(const Recorded& event) {
    if (category_of(event.stream) != "saga") return std::nullopt;
    return std::string{id_of(event.stream)};
}

std::optional<Row> SagaMonitor::project(std::optional<Row> row, const Recorded& event) {
    auto happened = decode<saga::Event>(event);
    // What the saga does: it goes no further.
    if (!happened) happened = parked_at(unreadable(event, std::move(happened).error()));
    if (!row) {
        row.emplace();
        row->saga = id_of(event.stream);
        row->started = event.position;
    }
    follow(*row, *happened, event);
    find_what_it_waits_for(*row);
    row->version = event.version;
    row->updated_at = event.time;
    return row;
}

std::vector<IndexEntry> SagaMonitor::indexes(const Row& row) {
    const auto age = newest_first(row.started);
    return {{by_age, {}, age, {}},
            {by_state, letter_of(row.state), age, {}},
            {by_order, row.order.value, oldest_first(row.started), {}}};
}

std::vector<std::string> SagaMonitor::streams(std::string_view key) { return {"saga-" + std::string{key}}; }

Selection SagaMonitor::all() { return {by_age, {}}; }
Selection SagaMonitor::in_state(State state) { return {by_state, letter_of(state)}; }
Selection SagaMonitor::of_order(const OrderId& order) { return {by_order, order.value}; }

std::string_view text(SagaMonitor::State state) { return words[static_cast<std::size_t>(state)]; }

std::optional<SagaMonitor::State> parse_saga_state(std::string_view word) {
    const auto found = std::ranges::find(words, word);
    if (found == words.end()) return std::nullopt;
    return static_cast<State>(found - words.begin());
}

template class View<SagaMonitor>;

}  // namespace sillok
