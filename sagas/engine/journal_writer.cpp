#include "sagas/engine/journal_writer.hpp"

#include "aggregates/codec/event_codec.hpp"
#include "sagas/engine/saga_errors.hpp"

#include <spdlog/fmt/fmt.h>
#include <spdlog/spdlog.h>

#include <string>
#include <utility>
#include <variant>

namespace sillok::saga {
namespace {

StreamAppend append_of(const Instance& instance) {
    const auto expected = instance.version.value == 0 ? Expected{NoStream{}} : Expected{instance.version};
    StreamAppend append{instance.stream, expected, {}};
    append.events.reserve(instance.unwritten.size());
    for (const auto& event : instance.unwritten) append.events.push_back(encode(event));
    return append;
}

// An operator is needed, so the server's log tells of it. The detail is that of the last result before the saga was
// parked; it may quote the provider, so it is escaped.
void log_parked(const Instance& instance) {
    const auto* detail = &instance.state.detail;
    for (const auto& event : instance.unwritten) {
        if (const auto* completed = std::get_if<event::CommandCompleted>(&event)) detail = &completed->detail;
        if (const auto* executed = std::get_if<event::CommandExecuted>(&event)) detail = &executed->detail;
        const auto* parked = std::get_if<event::Parked>(&event);
        if (parked == nullptr || parked->step.empty() || is_unreadable(parked->reason)) continue;  // logged already
        spdlog::warn("{} is parked at step {}: {}{}", instance.stream, parked->step, parked->reason,
                     detail->empty() ? "" : fmt::format(" ({:?})", *detail));
    }
}

}  // namespace

Written JournalWriter::write(Instance& instance) {
    return write(instance, {.metadata = {.time = clock_.now(),
                                         .command_id = {},
                                         .correlation_id = instance.correlation,
                                         .causation_id = instance.causation,
                                         .actor = std::string{instance.manager->actor}}});
}

Written JournalWriter::write(Instance& instance, Commit commit) {
    if (instance.unwritten.empty() && unit_.size() == 0) return {};
    if (!instance.unwritten.empty()) commit.appends.push_back(append_of(instance));
    unit_.put_into(commit);
    const auto appended = propose(commit);
    if (!appended) return std::unexpected(appended.error());
    if (appended->repeated) throw UnforeseenAnswer("the commit has been written before");
    unit_.accepted(*appended);
    log_parked(instance);
    instance.written = appended->last;
    instance.version.value += instance.unwritten.size();
    instance.unwritten.clear();
    return {};
}

std::expected<Appended, WriteError> JournalWriter::propose(const Commit& commit) {
    for (;;) {
        auto appended = store_.propose(commit);
        if (appended) return *std::move(appended);
        if (const auto retriable = after_refusal(appended.error()); !retriable)
            return std::unexpected(retriable.error());
    }
}

// Returns a value if the same commit can be proposed again.
Written JournalWriter::after_refusal(const AppendError& error) {
    switch (error.code) {
        case errc::version_conflict:
            if (!unit_.has(error.offender)) break;
            if (!unit_.catch_up(error.offender, error.actual)) return std::unexpected(WriteError::log_unavailable);
            return std::unexpected(WriteError::overtaken);
        case errc::overloaded:  // wait out the backpressure: there is room when a waiting commit is durable
            if (store_.wait_durable(next(store_.head()))) return {};
            return std::unexpected(WriteError::log_unavailable);
        case errc::log_unavailable:
        case errc::closed: return std::unexpected(WriteError::log_unavailable);
        default: break;
    }
    throw UnforeseenAnswer(fmt::format("the log refuses with {} {}", name(error.code), error.offender));
}

}  // namespace sillok::saga
