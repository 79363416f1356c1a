#include "eventstore/commit.hpp"

#include "eventstore/limits.hpp"

#include <algorithm>
#include <array>

namespace sillok {

namespace {

using Alphabet = std::array<bool, 256>;

constexpr Alphabet letters_digits_and(std::string_view more) {
    Alphabet alphabet{};
    for (char c = 'a'; c <= 'z'; ++c) alphabet[static_cast<unsigned char>(c)] = true;
    for (char c = 'A'; c <= 'Z'; ++c) alphabet[static_cast<unsigned char>(c)] = true;
    for (char c = '0'; c <= '9'; ++c) alphabet[static_cast<unsigned char>(c)] = true;
    for (const char c : more) alphabet[static_cast<unsigned char>(c)] = true;
    return alphabet;
}

constexpr Alphabet stream_alphabet = letters_digits_and("._~@%-");
constexpr Alphabet type_alphabet = letters_digits_and("._-");
constexpr Alphabet tag_alphabet = letters_digits_and("._~@%:-");

bool is_name(std::string_view name, const Alphabet& alphabet) {
    return !name.empty() && name.size() <= limits::name_bytes_max &&
           std::ranges::all_of(name, [&](char c) { return alphabet[static_cast<unsigned char>(c)]; });
}

using Problem = std::optional<AppendError>;

Problem problem_of(const NewEvent& event) {
    if (!is_name(event.type, type_alphabet)) return AppendError{errc::event_type_invalid, event.type};
    if (event.payload.size() > limits::event_bytes_max) return AppendError{errc::event_too_large, event.type};
    if (event.tags.size() > limits::event_tags_max) return AppendError{errc::too_many_tags, event.type};
    for (auto tag = event.tags.begin(); tag != event.tags.end(); ++tag) {
        if (!is_name(*tag, tag_alphabet)) return AppendError{errc::tag_invalid, *tag};
        if (std::find(event.tags.begin(), tag, *tag) != tag) return AppendError{errc::too_many_tags, *tag};
    }
    return std::nullopt;
}

Problem problem_of(const StreamAppend& append) {
    if (!is_name(append.stream, stream_alphabet)) return AppendError{errc::stream_name_invalid, append.stream};
    if (append.events.empty()) return AppendError{errc::commit_empty, append.stream};
    for (const auto& event : append.events)
        if (auto problem = problem_of(event)) return problem;
    return std::nullopt;
}

Problem problem_of(const Conditions& conditions) {
    if (conditions.streams.size() + conditions.tags.size() > limits::commit_conditions_max)
        return AppendError{errc::too_many_conditions};
    for (const auto& condition : conditions.streams)
        if (!is_name(condition.stream, stream_alphabet))
            return AppendError{errc::stream_name_invalid, condition.stream};
    for (const auto& condition : conditions.tags) {
        if (!is_name(condition.tag, tag_alphabet)) return AppendError{errc::tag_invalid, condition.tag};
        for (const auto& type : condition.types)
            if (!is_name(type, type_alphabet)) return AppendError{errc::event_type_invalid, type};
    }
    return std::nullopt;
}

// Commits touch one or two streams; those that touch many are sorted instead of compared each with each.
Problem repeated_stream(const Commit& commit) {
    if (commit.appends.size() + commit.conditions.streams.size() < 2) return std::nullopt;
    std::vector<std::string_view> names;
    names.reserve(commit.appends.size() + commit.conditions.streams.size());
    for (const auto& append : commit.appends) names.push_back(append.stream);
    for (const auto& condition : commit.conditions.streams) names.push_back(condition.stream);
    std::ranges::sort(names);
    if (const auto twice = std::ranges::adjacent_find(names); twice != names.end())
        return AppendError{errc::stream_repeated, std::string{*twice}};
    return std::nullopt;
}

}  // namespace

std::optional<AppendError> malformed(const Commit& commit) {
    if (commit.metadata.actor.size() > limits::name_bytes_max)
        return AppendError{errc::actor_invalid, commit.metadata.actor};
    std::size_t bytes = commit.receipt ? commit.receipt->size() : 0;
    std::size_t events = 0;
    for (const auto& append : commit.appends) {
        if (auto problem = problem_of(append)) return problem;
        for (const auto& event : append.events) bytes += event.payload.size();
        events += append.events.size();
    }
    if (events == 0 && !(commit.receipt && !commit.metadata.command_id.is_nil()))
        return AppendError{errc::commit_empty};
    if (bytes > limits::commit_bytes_max || events > limits::commit_events_max)
        return AppendError{errc::commit_too_large};
    if (auto problem = problem_of(commit.conditions)) return problem;
    return repeated_stream(commit);
}

std::string sentence(const AppendError& error) {
    std::string text{sentence(error.code)};
    if (error.offender.empty() && error.code != errc::beyond_end) return text;
    text += ": " + error.offender;
    if (error.code == errc::version_conflict) text += " is at version " + std::to_string(error.actual.value);
    if (error.code == errc::condition_failed) text += ", at position " + std::to_string(error.position.value);
    if (error.code == errc::beyond_end) text += "the log ends at " + std::to_string(error.position.value);
    return text;
}

}  // namespace sillok
