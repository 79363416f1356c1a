#include "eventstore/writer/commit_check.hpp"

#include <algorithm>
#include <string>
#include <variant>

namespace sillok {

namespace {

bool has_chosen_ids(const Commit& commit) {
    return std::ranges::any_of(commit.appends, [](const StreamAppend& append) {
        return std::ranges::any_of(append.events, [](const NewEvent& event) { return !event.event_id.is_nil(); });
    });
}

// Looks up the ids that the caller chose. Returns the place if all events are known, adjacent and in order; nothing if
// no id is known; and as the error an id that is known otherwise, or is twice in the commit.
std::expected<std::optional<AcceptedCommit>, Uuid> find_by_event_ids(const Commit& commit, AcceptedLog& log) {
    std::vector<Uuid> chosen;
    std::optional<AcceptedLog::EventIdPlace> first;
    std::optional<Uuid> known;
    bool adjacent = true;
    std::uint64_t index = 0;
    for (const auto& append : commit.appends)
        for (const auto& event : append.events) {
            const auto place = event.event_id.is_nil() ? std::nullopt : log.find_event_id(event.event_id);
            if (index == 0) first = place;
            adjacent = adjacent && first && place && place->position.value == first->position.value + index;
            if (place) known = event.event_id;
            if (!event.event_id.is_nil()) chosen.push_back(event.event_id);
            ++index;
        }
    if (adjacent && first)
        return AcceptedCommit{{first->position, Position{first->position.value + index - 1}, true}, first->group};
    if (known) return std::unexpected(*known);
    std::ranges::sort(chosen);
    if (const auto twice = std::ranges::adjacent_find(chosen); twice != chosen.end()) return std::unexpected(*twice);
    return std::nullopt;
}

Version expected_version(const Expected& expected) {
    const auto* version = std::get_if<Version>(&expected);
    return version ? *version : Version{0};
}

// An absent stream is expected as NoStream; Version{0} never holds.
bool is_as_expected(const AcceptedLog::Stream& stream, const Expected& expected) {
    const bool must_be_absent = std::holds_alternative<NoStream>(expected);
    const bool is_absent = stream.version == Version{0};
    return must_be_absent == is_absent && stream.version == expected_version(expected);
}

}  // namespace

std::expected<std::optional<AcceptedCommit>, AppendError> find_repeated(const Commit& commit, AcceptedLog& log) {
    if (const auto& command_id = commit.metadata.command_id; !command_id.is_nil())
        if (const auto found = log.find_command(command_id)) {
            const auto& known = found->known;
            if (known.events == 0) return AcceptedCommit{{Position{0}, Position{0}, true}, found->group};
            return AcceptedCommit{{known.first, Position{known.first.value + known.events - 1}, true}, found->group};
        }
    if (!has_chosen_ids(commit)) return std::nullopt;
    auto found = find_by_event_ids(commit, log);
    if (!found) return std::unexpected(AppendError{errc::event_id_known, found.error().text()});
    return *found;
}

std::optional<AppendError> find_violation(const Commit& commit, Position end, AcceptedLog& log,
                                          std::vector<AcceptedLog::Stream>& streams) {
    streams.clear();
    for (const auto& append : commit.appends) {
        streams.push_back(log.find_stream(append.stream));
        if (!is_as_expected(streams.back(), append.expected))
            return AppendError{errc::version_conflict, append.stream, streams.back().version};
    }
    for (const auto& condition : commit.conditions.streams)
        if (const auto stream = log.find_stream(condition.stream); !is_as_expected(stream, condition.expected))
            return AppendError{errc::version_conflict, condition.stream, stream.version};
    for (const auto& condition : commit.conditions.tags) {
        if (condition.after > end) return AppendError{errc::beyond_end, condition.tag, Version{}, end};
        if (const auto violation = log.find_violation(condition))
            return AppendError{errc::condition_failed, condition.tag, Version{}, *violation};
    }
    return std::nullopt;
}

}  // namespace sillok
