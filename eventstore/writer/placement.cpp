#include "eventstore/writer/placement.hpp"

#include "eventstore/base/assertion.hpp"
#include "eventstore/base/splitmix64.hpp"
#include "eventstore/limits.hpp"
#include "eventstore/storage/record.hpp"

#include <algorithm>
#include <array>
#include <string_view>

namespace sillok {

namespace {

// Follows from commit and position: every process that accepts the commit here gives its event the same id.
Uuid derived_event_id(const Uuid& command_id, Timestamp time, Position position) {
    const auto seed = std::hash<Uuid>{}(command_id);
    return uuid_v7(time.value, splitmix64(seed), splitmix64(seed ^ splitmix64(position.value)));
}

std::uint64_t events_of(const Commit& commit) {
    std::uint64_t events = 0;
    for (const auto& append : commit.appends) events += append.events.size();
    return events;
}

void add_index_entries(const NewEvent& event, Position position, OpenGroup& group) {
    for (const auto& tag : event.tags) group.tags.push_back({tag, position, event.type});
    if (!event.event_id.is_nil()) group.event_ids.push_back({event.event_id, position});
}

}  // namespace

Appended Placement::place(const Commit& commit, std::span<AcceptedLog::Stream> streams, OpenGroup& group) {
    const auto before = last_position_;
    const auto events = events_of(commit);
    const auto& command_id = commit.metadata.command_id;
    ++group.commits;
    auto rest = static_cast<std::uint16_t>(events);
    if (events > 0) last_time_ = std::max(last_time_, commit.metadata.time);
    for (std::size_t i = 0; i < commit.appends.size(); ++i) {
        SILLOK_ASSERT(i > 0 || commit.appends[i].command_id.is_nil());
        place(commit, commit.appends[i], streams[i], rest, group);
    }
    SILLOK_ASSERT(rest == 0 && last_position_.value == before.value + events);
    if (!command_id.is_nil())
        group.commands.push_back({command_id,
                                  {events == 0 ? before : next(before), static_cast<std::uint32_t>(events),
                                   commit.receipt.value_or(std::string{})}});
    if (events == 0) return {};
    return {next(before), last_position_, false};
}

// `rest` events of the commit are not placed yet, including those of this stream.
void Placement::place(const Commit& commit, const StreamAppend& append, AcceptedLog::Stream& stream,
                      std::uint16_t& rest, OpenGroup& group) {
    if (stream.version == Version{0}) {
        stream.number = last_stream_ = StreamNumber{last_stream_.value + 1};
        group.new_streams.push_back({append.stream, stream.number});
    }
    for (const auto& event : append.events) {
        last_position_ = next(last_position_);
        stream.version = next(stream.version);
        --rest;
        std::array<std::string_view, limits::event_tags_max> tags;
        const auto tags_end = std::ranges::copy(event.tags, tags.begin()).out;
        std::sort(tags.begin(), tags_end);
        const auto id = event.event_id.is_nil()
                            ? derived_event_id(commit.metadata.command_id, last_time_, last_position_)
                            : event.event_id;
        const auto offset = group.records.size();
        const auto length = record::append_unsealed(group.records, {.position = last_position_,
                                                                    .version = stream.version,
                                                                    .event_id = id,
                                                                    .metadata = commit.metadata,
                                                                    .stream = append.stream,
                                                                    .event = event,
                                                                    .tags = {tags.begin(), tags_end},
                                                                    .commit_rest = rest,
                                                                    .command_id = append.command_id,
                                                                    .time = last_time_});
        add_index_entries(event, last_position_, group);
        group.events.push_back({last_position_, stream.number, stream.version, offset, length});
    }
    stream.group = group.number;
}

}  // namespace sillok
