#include "eventstore/writer/accepted_log.hpp"

#include <algorithm>
#include <utility>

namespace sillok {

namespace {

constexpr std::size_t categories_max = 1'000;  // whose last names are kept

}  // namespace

AcceptedLog::Stream AcceptedLog::find_stream(std::string_view name) {
    if (const auto* stream = streams_.find(name)) return *stream;
    const auto* last = last_name(name);
    const bool is_after_all = last != nullptr && name > *last;
    const auto stored = is_after_all ? StreamHead{} : storage_.find_stream(name).value_or(StreamHead{});
    // An absent stream is remembered, too: the next commit is likely to create it.
    return streams_.put(std::string{name}, Stream{stored.number, stored.version, {}}, undurable<Stream>());
}

// The last name of the stream's category; null where there are too many categories to know it.
std::string* AcceptedLog::last_name(std::string_view stream) {
    const auto category = stream.substr(0, stream.find('-') + 1);  // with the '-'; empty where there is none
    if (category.empty()) return nullptr;
    if (const auto found = last_names_.find(category); found != last_names_.end()) return &found->second;
    if (last_names_.size() >= categories_max) return nullptr;
    // The first look-up in this category: none of its streams has been accepted yet that storage does not have.
    auto last = storage_.last_stream(category).value_or(std::string{});
    return &last_names_.emplace(category, std::move(last)).first->second;
}

std::optional<AcceptedLog::Command> AcceptedLog::find_command(const Uuid& command_id) {
    if (const auto* recent = commands_.find(command_id)) return *recent;
    if (auto stored = storage_.find_command(command_id)) return Command{*std::move(stored), {}};
    return std::nullopt;
}

std::optional<AcceptedLog::EventIdPlace> AcceptedLog::find_event_id(const Uuid& event_id) {
    if (const auto* recent = event_ids_.find(event_id)) return *recent;
    if (const auto stored = storage_.find_event_id(event_id)) return EventIdPlace{*stored, {}};
    return std::nullopt;
}

std::optional<Position> AcceptedLog::find_violation(const TagCondition& condition) {
    const auto counts = [&](std::string_view type) {
        return condition.types.empty() || std::ranges::find(condition.types, type) != condition.types.end();
    };
    // Forget first, then read storage: every tag is then in one of the two places.
    forget_durable_tags();
    std::optional<Position> first;
    storage_.scan_tag(condition.tag, next(condition.after),
                      [&](std::string_view, Position position, std::string_view type) {
                          if (counts(type)) first = position;
                          return !first;
                      });
    if (first) return first;
    for (const auto& [group, recent] : recent_tags_)
        if (recent.position > condition.after && recent.tag == condition.tag && counts(recent.type))
            return recent.position;
    return std::nullopt;
}

void AcceptedLog::forget_durable_tags() {
    while (!recent_tags_.empty() && recent_tags_.front().group <= durable_group()) recent_tags_.pop_front();
}

void AcceptedLog::put_stream(const std::string& name, const Stream& stream) {
    auto* known = streams_.find(name);
    const bool may_be_new = known == nullptr || known->version == Version{0};
    if (may_be_new)
        if (auto* last = last_name(name); last != nullptr && *last < name) *last = name;
    if (known != nullptr)
        *known = stream;
    else
        streams_.put(name, stream, undurable<Stream>());
}

void AcceptedLog::put_command(const Uuid& command_id, KnownCommand known, GroupNumber group) {
    commands_.put(command_id, {std::move(known), group}, undurable<Command>());
}

void AcceptedLog::put_event_id(const Uuid& event_id, Position position, GroupNumber group) {
    event_ids_.put(event_id, {position, group}, undurable<EventIdPlace>());
}

void AcceptedLog::put_tag(const CommitGroup::Tag& tag, GroupNumber group) {
    forget_durable_tags();
    recent_tags_.push_back({group, tag});
}

}  // namespace sillok
